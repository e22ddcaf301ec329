/** A path of this application that a form or link asks to go back to; null when it leads elsewhere. */
export function pathWithin(asked: FormDataEntryValue | null, url: URL): string | null {
  if (typeof asked !== 'string' || !asked.startsWith('/') || !URL.canParse(asked, url.origin)) {
    return null;
  }
  const target = new URL(asked, url.origin);
  return target.origin === url.origin ? target.pathname + target.search : null;
}
