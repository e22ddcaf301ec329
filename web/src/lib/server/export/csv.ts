import type { Value } from '#analytics/table.ts';

/** A table to be written as CSV. `notes` stand above it: what was filtered, how many rows. */
export interface CsvTable {
  readonly notes?: readonly string[];
  readonly columns: readonly string[];
  readonly rows: Iterable<readonly (Value | undefined)[]>;
}

/**
 * RFC 4180 text with a byte order mark, so that spreadsheets read it as UTF-8. A cell that a
 * spreadsheet would run as a formula gets an apostrophe in front; plain numbers stay numbers.
 */
export function csvText(table: CsvTable): string {
  const lines = (table.notes ?? []).map((note) => cell(`# ${note}`));
  lines.push(table.columns.map(cell).join(','));
  for (const row of table.rows) lines.push(row.map(cell).join(','));
  return `\ufeff${lines.join('\r\n')}\r\n`;
}

function cell(value: Value | undefined): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return quoted(isFormula(text) ? `'${text}` : text);
}

/** What Excel, LibreOffice or Sheets would evaluate; a signed number is only a number. */
function isFormula(text: string): boolean {
  return /^[=+\-@\t\r\n|%]/.test(text) && !/^[+-]?\d+(\.\d+)?$/.test(text);
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
