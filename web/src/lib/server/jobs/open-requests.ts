import type { Queryable } from '#analytics/table.ts';
import type { StagedRow } from '#ingest/connector.ts';
import { columnsOf, stagedName } from '#ingest/records.ts';

/** States in which a payment can still be decided. */
const openStatuses = ['draft', 'in_approval', 'approved', 'held', 'referred'];

/** The open payment requests of a source as the warehouse has them, by staged names and as text. */
export async function openRequests(warehouse: Queryable, source: string): Promise<StagedRow[]> {
  const joins: string[] = [];
  const values = Object.entries(columnsOf('payment_request')).map(([name, column], index) => {
    if (column.type !== 'reference')
      return column.type === 'timestamp'
        ? `strftime(request.${name}, '%Y-%m-%dT%H:%M:%S.%fZ') as ${name}`
        : `request.${name}::varchar as ${name}`;
    const to = column.to ?? '';
    joins.push(`left join ${to} as to_${index} on to_${index}.${to}_key = request.${name}`);
    return `to_${index}.${to}_id as ${stagedName(name, column)}`;
  });
  const rows = await warehouse.rows(
    `select request.payment_request_id, ${values.join(', ')}
     from payment_request as request ${joins.join(' ')}
     where request.source = $source and request.status in (${openStatuses.map((status) => `'${status}'`).join(', ')})
     order by request.payment_request_id`,
    { source },
  );
  return rows as StagedRow[];
}
