import { error } from '@sveltejs/kit';
import { m } from '#lib/paraglide/messages.js';
import { signedIn } from '#lib/server/auth/signed-in.ts';
import { exportLimit, paymentExport } from '#lib/server/reads/payments.ts';
import type { RequestHandler } from './$types';

/** The same rows as the CSV, as an Arrow IPC stream. */
export const GET: RequestHandler = async ({ locals, url }) => {
  const { warehouse, sql, values, totals, scope } = await paymentExport(signedIn(locals), url);
  if (totals.row_count > exportLimit) {
    error(413, m.payments_export_too_large({ limit: exportLimit, count: totals.row_count }));
  }
  const stream = await warehouse.arrow(sql, values);
  return new Response(Uint8Array.from(stream), {
    headers: {
      'content-type': 'application/vnd.apache.arrow.stream',
      'content-disposition': `attachment; filename="payments-${scope.from}-${scope.to}.arrow"`,
      'cache-control': 'private, no-store',
    },
  });
};
