import type { Queryable } from '#analytics/table.ts';
import type { RequestNow } from '../jobs/apply-standing.ts';

/** What the source system last said about a payment request; null when it is unknown. */
export async function requestNow(
  warehouse: Queryable,
  paymentRequestKey: string,
): Promise<RequestNow | null> {
  const [row] = await warehouse.rows(
    `select status, status_version from payment_flow
     where payment_request_key = $key::uuid and executed_at is null`,
    { key: paymentRequestKey },
  );
  if (row === undefined || typeof row['status'] !== 'string') return null;
  return { status: row['status'], status_version: Number(row['status_version'] ?? 0) };
}
