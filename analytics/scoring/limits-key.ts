/** Where the limits of a company (`keyCode`) in a currency (`textCode`) stand. */
export function limitsKey(company: number, currency: number): string {
  return `${company}/${currency}`;
}
