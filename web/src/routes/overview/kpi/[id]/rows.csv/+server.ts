import { error } from '@sveltejs/kit';
import type { Value } from '#analytics/table.ts';
import { kpiRows } from '#analytics/kpis/query.ts';
import { application } from '#lib/server/application.ts';
import { signedIn } from '#lib/server/auth/signed-in.ts';
import { csvResponse, csvText } from '#lib/server/csv.ts';
import { filtersOf, findKpi, readQuestion } from '#lib/server/reads/kpi-detail.ts';
import { shownColumns } from '#lib/server/reads/kpi-rows.ts';
import { pageScope } from '#lib/server/scope.ts';
import { addDays } from '#lib/url-state.ts';
import type { RequestHandler } from './$types';

const rowsPerRead = 1_000;
const rowLimit = 100_000;

/** The rows behind a KPI, exact values and column names of the warehouse, weightiest first. */
export const GET: RequestHandler = async ({ locals, url, params }) => {
  const kpi = findKpi(params.id) ?? error(404, `No KPI is called ${params.id}.`);
  const scope = await pageScope(signedIn(locals), url);
  const filters = filtersOf(readQuestion(kpi, url.searchParams, scope));
  const { warehouse } = application();

  const first = await kpiRows(warehouse, kpi, scope, { limit: rowsPerRead, offset: 0, filters });
  const columns = shownColumns(first);
  const rows: (Value | undefined)[][] = first.rows.map((row) => columns.map((name) => row[name]));
  while (rows.length < Math.min(first.row_count, rowLimit)) {
    const next = await kpiRows(warehouse, kpi, scope, {
      limit: rowsPerRead,
      offset: rows.length,
      filters,
    });
    if (next.rows.length === 0) break;
    rows.push(...next.rows.map((row) => columns.map((name) => row[name])));
  }

  const lastDay = addDays(scope.to, -1);
  const notes = [
    `${kpi.name}: ${kpi.definition}`,
    `${scope.from} to ${lastDay}, ${rows.length} of ${first.row_count} rows, as of ${scope.asOf}`,
  ];
  return csvResponse(`${kpi.id}-${scope.from}-${lastDay}.csv`, csvText({ notes, columns, rows }));
};
