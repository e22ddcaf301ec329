import { error } from '@sveltejs/kit';
import { m } from '#lib/paraglide/messages.js';
import { signedIn } from '#lib/server/auth/signed-in.ts';
import { exportResponse } from '#lib/server/export/export-response.ts';
import { kpiTable, kpiTables } from '#lib/server/export/kpi-table.ts';
import { findKpi } from '#lib/server/reads/kpi-detail.ts';
import { pageScope } from '#lib/server/scope.ts';
import type { RequestHandler } from './$types';

/** A table of a KPI's page: the rows behind it, its series or its parts. */
export const GET: RequestHandler = async ({ locals, url, params }) => {
  const kpi = findKpi(params.id) ?? error(404, m.overview_no_kpi({ id: params.id }));
  const table = kpiTables.find((one) => one === params.table) ?? error(404, m.export_no_table());
  const scope = await pageScope(signedIn(locals), url);
  return exportResponse(
    params.form,
    await kpiTable(table, kpi, { scope, parameters: url.searchParams }),
  );
};
