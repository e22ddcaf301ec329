import { error } from '@sveltejs/kit';
import { m } from '#lib/paraglide/messages.js';
import { signedIn } from '#lib/server/auth/signed-in.ts';
import { csvResponse, csvText } from '#lib/server/csv.ts';
import { filterText } from '#lib/server/reads/payment-words.ts';
import { exportColumns, exportLimit, paymentExport } from '#lib/server/reads/payments.ts';
import type { Value } from '#analytics/table.ts';
import type { RequestHandler } from './$types';

/** Every row the filter lets through, with the filter and the number of rows in the file. */
export const GET: RequestHandler = async ({ locals, url }) => {
  const { warehouse, sql, values, totals, filter, scope } = await paymentExport(
    signedIn(locals),
    url,
  );
  if (totals.row_count > exportLimit) {
    error(413, m.payments_export_too_large({ limit: exportLimit, count: totals.row_count }));
  }
  const { rowCount, column } = await warehouse.columns(sql, values);
  const text = csvText({
    notes: [
      `Quittance · ${m.payments_title()}`,
      filterText(filter, scope),
      m.payments_export_rows({ count: rowCount }),
    ],
    columns: exportColumns,
    rows: rowsOf(rowCount, column),
  });
  return csvResponse(`payments-${scope.from}-${scope.to}.csv`, text);
};

const timeColumns = new Set<string>(['happened_at', 'executed_at']);

function* rowsOf(
  rowCount: number,
  column: Readonly<Record<string, Float64Array | readonly Value[]>>,
): Generator<(Value | undefined)[]> {
  for (let row = 0; row < rowCount; row += 1) {
    yield exportColumns.map((name) => {
      const value = column[name]?.[row];
      if (typeof value !== 'number') return value;
      if (Number.isNaN(value)) return null;
      return timeColumns.has(name) ? new Date(value).toISOString() : value;
    });
  }
}
