import type { KpiRows } from '#analytics/kpis/query.ts';
import type { Row } from '#analytics/table.ts';
import { formatDate, formatDateTime, formatMoney, formatNumber, unknownMark } from '#lib/format.ts';
import { m } from '#lib/paraglide/messages.js';
import { codeWords } from './code-words.ts';

/** Keys say nothing to a reader: the name stands in their place, or they are left out. */
export function shownColumns(rows: Pick<KpiRows, 'columns'>): readonly string[] {
  const hidden = new Set(['kpi_weight']);
  const named = new Map([
    ['company_key', 'company_name'],
    ['vendor_key', 'vendor_name'],
  ]);
  const columns = rows.columns
    .map((name) => named.get(name) ?? name)
    .filter((name) => !name.endsWith('_key') && !hidden.has(name));
  return [...new Set(columns)];
}

const isNumber = (name: string): boolean =>
  /(^amount|_amount|_base$|_days$|_gross$|^kpi_(count|numerator|denominator)$|^events$)/.test(name);

/** A cell of a row as people read it; unknown stays visibly unknown. */
export const kpiCell = {
  isNumber,
  text(name: string, row: Row): string {
    const value = row[name];
    if (value === null || value === undefined) return unknownMark;
    if (typeof value === 'boolean') return value ? m.overview_yes() : m.overview_no();
    const words = codeWords[name];
    if (words) return words(Array.isArray(value) ? value.join(', ') : String(value));
    if (name.endsWith('_on')) return formatDate(String(value));
    if (name.endsWith('_at')) return formatDateTime(String(value));
    if (name === 'kpi_count' || name === 'events') return formatNumber(Number(value), 'count');
    if (name.endsWith('_days')) return formatNumber(Number(value), 'count');
    if (isNumber(name)) return formatMoney(String(value), null);
    return String(value);
  },
};
