import { SourceFileError, type ColumnOptions } from '../connector.ts';

const reservedColumns = new Set(['_row', '_file', '_batch_id', '_extracted_at']);

/** Column names of a header: trimmed, unique without regard to case, none empty or reserved. */
export function columnNames(header: (string | null)[], name: string, warnings: string[]): string[] {
  const seen = new Set<string>();
  return header.map((cell, at) => {
    const wanted = cell?.trim().replace(/\s+/gu, ' ') || `column ${at + 1}`;
    let column = reservedColumns.has(wanted.toLowerCase()) ? `source ${wanted}` : wanted;
    for (let again = 2; seen.has(column.toLowerCase()); again++) column = `${wanted} (${again})`;
    if (column !== wanted) warnings.push(`${name}: column "${wanted}" was read as "${column}"`);
    seen.add(column.toLowerCase());
    return column;
  });
}

/** Errors  a required column that is missing refuses the file and is named with those found. */
export function checkColumns(name: string, found: readonly string[], options: ColumnOptions): void {
  const missing = missingColumns(found, options);
  if (missing.length === 0) return;
  throw new SourceFileError(
    `${name}: ${missing.length === 1 ? 'column' : 'columns'} ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing; found ${found.map((column) => `"${column}"`).join(', ')}. Export the file with this column, or name the header it has in the mapping of this source; nothing of it was loaded.`,
  );
}

/** Required columns the file lacks, as words for a message. */
export function missingColumns(
  found: readonly string[],
  { required = [] }: ColumnOptions,
): string[] {
  const present = new Set(found.map((column) => column.toLowerCase()));
  return required
    .map((names) => (typeof names === 'string' ? [names] : names))
    .filter((names) => !names.some((name) => present.has(name.trim().toLowerCase())))
    .map((names) => names.map((name) => `"${name}"`).join(' or '));
}

/** Columns staging names and the file lacks. */
export function added(
  found: readonly string[],
  { required = [], optional = [] }: ColumnOptions,
): string[] {
  const present = new Set(found.map((column) => column.toLowerCase()));
  return [...new Set([...required.flat(), ...optional])].filter(
    (column) => !present.has(column.toLowerCase()),
  );
}
