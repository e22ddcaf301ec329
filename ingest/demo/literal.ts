/** A text as SQL literal; COPY takes no bound file name. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
