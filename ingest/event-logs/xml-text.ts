const named: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};

/**
 * Text of an XML attribute with its references replaced.
 *
 * Errors  throws for any entity other than the five of XML: nothing can have defined it
 */
export function xmlText(raw: string): string {
  if (!raw.includes('&')) return raw;
  return raw.replace(/&([^;&]{0,32});?/g, (whole, name: string) => {
    const text = named[name] ?? numericReference(name);
    if (text === undefined || !whole.endsWith(';'))
      throw new Error(
        `expected one of the five entities of XML or a character number, got "${whole}"; export the log as plain XES`,
      );
    return text;
  });
}

function numericReference(name: string): string | undefined {
  const match = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(name);
  if (match === null) return undefined;
  const code = match[1] === undefined ? Number(match[2]) : parseInt(match[1], 16);
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}
