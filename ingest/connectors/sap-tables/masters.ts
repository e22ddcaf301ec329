import type { Staging } from '../../connector.ts';
import { currency, date, filled, literal, timestamp, type SapSystem } from './values.ts';

/** Companies, vendors, users and purchase orders. */
export function mastersStaging(system: SapSystem): Staging[] {
  return [company(system), vendor(system), ...employees(system), purchaseOrder(system)];
}

/** Company codes as the orders name them; an extract without table T001 has no more. */
function company(system: SapSystem): Staging {
  return {
    record: 'company',
    streams: ['ekko'],
    sql: `
select
  ${filled('BUKRS')} as company_id,
  ${filled('BUKRS')} as name,
  ${literal(system.currency)} as base_currency,
  ${system.country === undefined ? 'null' : literal(system.country)} as country,
  ${literal(system.timeZone)} as time_zone,
  min(_row) as _row,
  count(*) as _row_count
from ekko
group by ${filled('BUKRS')}, case when ${filled('BUKRS')} is null then _row end`,
  };
}

function vendor(system: SapSystem): Staging {
  const flag = (columns: string) => `case when ${columns} then 'true' else 'false' end`;
  return {
    record: 'vendor',
    streams: ['lfa1'],
    sql: `
select
  ${filled('LIFNR')} as vendor_id,
  ${filled('NAME1')} as name,
  ${filled('LAND1')} as country,
  coalesce(${filled('STCEG')}, ${filled('STCD1')}) as tax_id,
  nullif(concat_ws(', ', ${filled('STRAS')}, ${filled('PSTLZ')}, ${filled('ORT01')}), '') as address,
  ${flag("trim(XCPDK) = 'X'")} as one_time,
  ${flag("trim(SPERR) = 'X' or trim(SPERM) = 'X' or trim(LOEVM) = 'X'")} as blocked,
  ${timestamp('ERDAT', undefined, system)} as created_at,
  ${filled('ERNAM')} as created_by_id,
  _row
from lfa1`,
  };
}

/** Users are known only as names in the tables that they wrote to. */
function employees({ serviceAccounts }: SapSystem): Staging[] {
  const isService = serviceAccounts
    .map((pattern) => `lower(name) glob ${literal(pattern.toLowerCase())}`)
    .join(' or ');
  const written = [
    ['cdhdr', 'USERNAME'],
    ['rbkp', 'USNAM'],
    ['bkpf', 'USNAM'],
    ['ekko', 'ERNAM'],
    ['ekbe', 'ERNAM'],
  ] as const;
  return written.map(([table, column]) => ({
    record: 'employee',
    streams: [table],
    sql: `
select
  name as employee_id,
  name,
  ${isService === '' ? 'null' : `case when ${isService} then 'true' else 'false' end`} as is_service_account,
  min(_row) as _row,
  count(*) as _row_count
from (select ${filled(column)} as name, _row from ${table})
where name is not null
group by name`,
  }));
}

function purchaseOrder(system: SapSystem): Staging {
  return {
    record: 'purchase_order',
    streams: ['ekko', 'ekpo'],
    linkedBy: { ekko: ['EBELN'], ekpo: ['EBELN'] },
    sql: `
with item as (
  select
    ${filled('EBELN')} as order_number,
    sum(try_cast(parse_decimal(NETWR, '.') as decimal(38, 4)))::varchar as amount,
    arg_min(coalesce(${filled('TXZ01')}, ${filled('MATKL')}), EBELP) as category,
    bool_and(${filled('NETWR')} is not null and coalesce(trim(LOEKZ), '') = '') as is_complete
  from ekpo
  group by ${filled('EBELN')}
)
select
  ${filled('ekko.EBELN')} as purchase_order_id,
  ${filled('ekko.BUKRS')} as company_id,
  ${filled('ekko.LIFNR')} as vendor_id,
  ${timestamp('ekko.AEDAT', undefined, system)} as created_at,
  ${filled('ekko.ERNAM')} as created_by_id,
  ${currency('ekko.WAERS', system)} as currency,
  case when item.is_complete then item.amount end as amount,
  item.category,
  case when ${filled('ekko.LOEKZ')} is not null then 'deleted' else ${filled('ekko.STATU')} end as status,
  ekko._row,
  ekko._batch_id
from ekko
left join item on item.order_number = ${filled('ekko.EBELN')}`,
  };
}

/** Day of the first filled date. */
export function firstDate(...columns: string[]): string {
  return `coalesce(${columns.map(date).join(', ')})`;
}
