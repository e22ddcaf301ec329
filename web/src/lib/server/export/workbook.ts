import writeWorkbook, { type CellObject, type SheetData } from 'write-excel-file/node';
import type { Value } from '#analytics/table.ts';
import { m } from '#lib/paraglide/messages.js';
import type { ExportColumn } from './export-table.ts';

/** What a workbook holds: the rows on the first sheet, what they are on the second. */
export interface Workbook {
  readonly title: string;
  readonly columns: readonly (ExportColumn & { readonly type: string })[];
  readonly rows: Iterable<readonly (Value | undefined)[]>;
  /** Name and value of each line of the second sheet. */
  readonly about: readonly (readonly [name: string, value: string | number])[];
}

/**
 * An XLSX file with typed numbers, dates and times (UTC). Texts are cells of the format Text, so that
 * a spreadsheet runs none of them as a formula, not even after it was edited.
 */
export async function workbookFile(workbook: Workbook): Promise<Uint8Array> {
  const rows: SheetData = [workbook.columns.map(({ label }) => heading(label))];
  for (const row of workbook.rows)
    rows.push(workbook.columns.map((column, place) => cell(column, row[place])));
  const about: SheetData = workbook.about.map(([name, value]) => [
    heading(name),
    typeof value === 'number' ? number(value, wholeNumber) : text(value),
  ]);
  return writeWorkbook([
    {
      data: rows,
      sheet: sheetName(workbook.title),
      stickyRowsCount: 1,
      columns: workbook.columns.map(({ label, type }) => ({ width: widthOf(label, type) })),
    },
    { data: about, sheet: m.export_about(), columns: [{ width: 24 }, { width: 96 }] },
  ]).toBuffer();
}

const wholeNumber = '#,##0';
/** Excel keeps fifteen digits; a longer amount stays exact as text. */
const exactDigits = 15;

function cell(
  column: ExportColumn & { readonly type: string },
  value: Value | undefined,
): CellObject | null {
  if (value === null || value === undefined || Number.isNaN(value)) return null;
  const { type, words, isRate } = column;
  if (type.startsWith('DECIMAL') && typeof value === 'string') return decimal(value);
  if (type === 'DATE') return moment(Date.parse(`${String(value)}T00:00:00Z`), 'yyyy-mm-dd');
  if (type === 'TIMESTAMP') return moment(Number(value), 'yyyy-mm-dd hh:mm:ss');
  if (typeof value === 'boolean') return { value, type: Boolean };
  if (typeof value === 'number') {
    if (isRate) return number(value, '0.0%');
    return number(value, type === 'DOUBLE' ? undefined : wholeNumber);
  }
  const shown = typeof value === 'string' ? value : JSON.stringify(value);
  return text(words ? words(shown) : shown);
}

function decimal(amount: string): CellObject {
  const digits = amount.replace(/^-?0*/, '').replace('.', '').replace(/0+$/, '').length;
  return digits > exactDigits ? text(amount) : number(Number(amount), '#,##0.00##');
}

function moment(milliseconds: number, format: string): CellObject | null {
  return Number.isNaN(milliseconds) ? null : { value: new Date(milliseconds), type: Date, format };
}

const number = (value: number, format: string | undefined): CellObject => ({
  value,
  type: Number,
  ...(format === undefined ? {} : { format }),
});
/** XML knows no control characters but tab and line ends; a cell holds 32,767 characters. */
const text = (value: string): CellObject => ({
  value: value
    .slice(0, 32_767)
    .toWellFormed()
    .replace(/[^\P{Cc}\t\n\r]|[\ufffe\uffff]/gu, '\ufffd'),
  type: String,
  format: '@',
});
const heading = (value: string): CellObject => ({ ...text(value), fontWeight: 'bold' });

/** Excel: at most 31 characters, none of these seven. */
const sheetName = (title: string): string => title.replace(/[[\]:*?/\\]/g, ' ').slice(0, 31);

function widthOf(label: string, type: string): number {
  const usual = type === 'TIMESTAMP' ? 20 : type === 'VARCHAR' ? 24 : 14;
  return Math.max(usual, label.length + 2);
}
