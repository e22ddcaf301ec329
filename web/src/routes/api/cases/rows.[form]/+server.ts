import { signedIn } from '#lib/server/auth/signed-in.ts';
import { caseTable } from '#lib/server/export/case-table.ts';
import { exportResponse } from '#lib/server/export/export-response.ts';
import type { RequestHandler } from './$types';

/** Every case of a view. */
export const GET: RequestHandler = async ({ locals, url, params }) =>
  exportResponse(params.form, await caseTable(signedIn(locals), url));
