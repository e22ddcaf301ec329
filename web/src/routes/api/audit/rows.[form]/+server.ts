import { signedIn } from '#lib/server/auth/signed-in.ts';
import { auditTable } from '#lib/server/export/audit-table.ts';
import { exportResponse } from '#lib/server/export/export-response.ts';
import type { RequestHandler } from './$types';

/** Every entry a search finds, with its hashes. */
export const GET: RequestHandler = async ({ locals, url, params }) =>
  exportResponse(params.form, await auditTable(signedIn(locals), url));
