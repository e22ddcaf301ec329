import { signedIn } from '#lib/server/auth/signed-in.ts';
import { exportResponse } from '#lib/server/export/export-response.ts';
import { paymentTable } from '#lib/server/export/payment-table.ts';
import type { RequestHandler } from './$types';

/** Every payment the filter lets through. */
export const GET: RequestHandler = async ({ locals, url, params }) =>
  exportResponse(params.form, await paymentTable(signedIn(locals), url));
