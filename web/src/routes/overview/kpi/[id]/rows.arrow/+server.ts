import { error } from '@sveltejs/kit';
import { kpiRows, kpiRowsStatement } from '#analytics/kpis/query.ts';
import { m } from '#lib/paraglide/messages.js';
import { application } from '#lib/server/application.ts';
import { signedIn } from '#lib/server/auth/signed-in.ts';
import { filtersOf, findKpi, readQuestion } from '#lib/server/reads/kpi-detail.ts';
import { shownColumns } from '#lib/server/reads/kpi-rows.ts';
import { exportLimit } from '#lib/server/reads/payments.ts';
import { pageScope } from '#lib/server/scope.ts';
import { addDays } from '#lib/url-state.ts';
import type { RequestHandler } from './$types';

/** The same rows as the CSV, as an Arrow IPC stream. */
export const GET: RequestHandler = async ({ locals, url, params }) => {
  const kpi = findKpi(params.id) ?? error(404, `No KPI is called ${params.id}.`);
  const scope = await pageScope(signedIn(locals), url);
  const filters = filtersOf(readQuestion(kpi, url.searchParams, scope));
  const { warehouse } = application();
  const { row_count } = await kpiRows(warehouse, kpi, scope, { limit: 0, offset: 0, filters });
  if (row_count > exportLimit) {
    error(413, m.payments_export_too_large({ limit: exportLimit, count: row_count }));
  }
  const page = { limit: row_count, offset: 0, filters };
  const statement = kpiRowsStatement(kpi, scope, page);
  const columns = shownColumns(statement).map((name) => `"${name}"`);
  const stream = await warehouse.arrow(
    `select ${columns.join(', ')} from (${statement.sql})`,
    statement.values,
  );
  const name = `${kpi.id}-${scope.from}-${addDays(scope.to, -1)}.arrow`;
  return new Response(Uint8Array.from(stream), {
    headers: {
      'content-type': 'application/vnd.apache.arrow.stream',
      'content-disposition': `attachment; filename="${name}"`,
      'cache-control': 'private, no-store',
    },
  });
};
