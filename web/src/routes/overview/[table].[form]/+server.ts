import { error } from '@sveltejs/kit';
import { m } from '#lib/paraglide/messages.js';
import { signedIn } from '#lib/server/auth/signed-in.ts';
import { exportResponse } from '#lib/server/export/export-response.ts';
import { overviewTable, overviewTables } from '#lib/server/export/overview-table.ts';
import { pageScope } from '#lib/server/scope.ts';
import type { RequestHandler } from './$types';

/** A table of the overview as a file. */
export const GET: RequestHandler = async ({ locals, url, params }) => {
  const table =
    overviewTables.find((one) => one === params.table) ?? error(404, m.export_no_table());
  const scope = await pageScope(signedIn(locals), url);
  return exportResponse(params.form, await overviewTable(table, { scope, url }));
};
