import type { Staging } from '../../connector.ts';
import { clearingLinks, clearingTables } from './clearing.ts';
import {
  amount,
  currency,
  filled,
  isCredit,
  literal,
  precision,
  timestamp,
  type SapSystem,
} from './values.ts';

/** Fields of change documents and what a change of them is called. */
const fieldActivities: Readonly<Record<string, string>> = {
  NETPR: 'Change Price',
  NETWR: 'Change Price',
  MENGE: 'Change Quantity',
  EINDT: 'Change Delivery Date',
  ELIKZ: 'Change Delivery Indicator',
  EREKZ: 'Change Final Invoice Indicator',
  LOEKZ: 'Delete Purchase Order Item',
  FRGKE: 'Change Approval for Purchase Order',
  FRGZU: 'Release Purchase Order',
  WAERS: 'Change Currency',
  ZTERM: 'Change Payment Term',
};

/**
 * Purchase-to-pay history: one trace per order item (`EBELN_EBELP`), one event per change document
 * line, goods movement, invoice and clearing.
 */
export function historyStaging(system: SapSystem): Staging[] {
  return [changes(system), movements(system), vendorInvoices(system), clearings(system)];
}

/** Columns all histories share, from a row that names order, item, activity and time. */
function eventColumns(of: {
  id: string;
  order: string;
  item: string;
  company: string;
  sequence: string;
  activity: string;
  actor?: string;
  at: string;
  precision: string;
  row: string;
  invoice?: string;
  amount?: string;
  currency?: string;
}): string {
  const columns = [
    `${of.id} as approval_event_id`,
    `'purchase_to_pay' as process`,
    `${of.order} || coalesce('_' || ${of.item}, '') as trace_id`,
    `${of.company} as company_id`,
    `${of.invoice ?? 'null'} as invoice_id`,
    `(${of.sequence})::varchar as sequence`,
    `${of.activity} as activity`,
    `${actionOf(of.activity)} as action`,
    `${of.actor ?? 'null'} as actor_id`,
    `${of.at} as occurred_at`,
    `${of.amount ?? 'null'} as amount`,
    `${of.currency ?? 'null'} as currency`,
    `${of.precision} as time_precision`,
    `${of.row}._row`,
    `${of.row}._batch_id`,
  ];
  return columns.join(',\n  ');
}

function actionOf(activity: string): string {
  return `case
    when ${activity} like 'Create %' or ${activity} = 'SRM: Created' then 'created'
    when ${activity} = 'SRM: Awaiting Approval' then 'submitted'
    when ${activity} = 'Release Purchase Order' then 'approved'
    when ${activity} = 'Remove Payment Block' then 'released'
    when ${activity} = 'Set Payment Block' then 'blocked'
    when ${activity} = 'Clear Invoice' then 'paid'
    when ${activity} like 'Change %' then 'changed'
    when ${activity} like 'Cancel %' or ${activity} like 'Delete %' or ${activity} = 'SRM: Deleted' then 'cancelled'
    else 'other' end`;
}

/**
 * Change documents of purchase orders. The item is in TABKEY (client, order, item). Extracts without
 * TABKEY lose it: there the change numbers of an order run item by item, a new one beginning where
 * the time goes back, and the item is the one whose insertion lies in between; when that is not
 * exactly one, the change stays with the order.
 */
function changes(system: SapSystem): Staging {
  const named = Object.entries(fieldActivities)
    .map(([field, activity]) => `when field = ${literal(field)} then ${literal(activity)}`)
    .join('\n      ');
  return {
    record: 'approval_event',
    streams: ['cdpos', 'cdhdr', 'ekko'],
    linkedBy: { cdpos: ['CHANGENR'], cdhdr: ['CHANGENR', 'OBJECTID'], ekko: ['EBELN'] },
    sql: `
with change as (
  select
    ${filled('cdpos.CHANGENR')} as change_number,
    coalesce(${filled('cdhdr.OBJECTID')}, ${filled('cdpos.OBJECTID')}) as order_number,
    upper(${filled('cdpos.TABNAME')}) as table_name,
    upper(${filled('cdpos.FNAME')}) as field,
    upper(${filled('cdpos.CHNGIND')}) as kind,
    ${filled('cdpos.TABKEY')} as table_key,
    ${filled('cdpos.VALUE_NEW')} as new_value,
    ${filled('cdhdr.USERNAME')} as user_name,
    cdhdr.UDATE, cdhdr.UTIME, cdpos._row, cdpos._batch_id
  from cdpos
  left join cdhdr on ${filled('cdhdr.CHANGENR')} = ${filled('cdpos.CHANGENR')}
  where coalesce(upper(${filled('cdhdr.OBJECTCLAS')}), upper(${filled('cdpos.OBJECTCLAS')}), 'EINKBELEG') = 'EINKBELEG'
),
marked as (
  select
    *,
    case
      when table_key is not null and length(table_key) >= 15 then substr(table_key, length(table_key) - 4, 5)
    end as keyed_item,
    case when table_name = 'EKPO' and kind = 'I' then coalesce(new_value, '') end as inserted_item,
    case
      when coalesce(UDATE, '') || coalesce(UTIME, '') < lag(coalesce(UDATE, '') || coalesce(UTIME, '')) over numbered
      then 1 else 0
    end as begins_item
  from change
  window numbered as (partition by order_number order by change_number, _row)
),
numbered as (
  select *, sum(begins_item) over (partition by order_number order by change_number, _row) as item_run from marked
),
placed as (
  select
    *,
    coalesce(
      keyed_item,
      case
        when count(inserted_item) over (partition by order_number, item_run) = 1
        then max(inserted_item) over (partition by order_number, item_run)
      end
    ) as item
  from numbered
),
named as (
  select
    *,
    case
      when table_name = 'EKPO' and kind = 'I' then 'Create Purchase Order Item'
      when table_name = 'EKKO' and kind = 'I' then 'Create Purchase Order'
      when field = 'SRM_STATUS' then new_value
      when field = 'UNMAPPED_ACTIVITY' then new_value
      when field = 'ZLSPR' then case when new_value is null then 'Remove Payment Block' else 'Set Payment Block' end
      ${named}
      else 'Change ' || coalesce(field, table_name, 'Document')
    end as activity
  from placed
)
select
  ${eventColumns({
    id: `concat_ws('|', 'CD', named.change_number, named.table_name, named.field, named.table_key, named.kind)`,
    order: 'named.order_number',
    item: 'named.item',
    company: filled('ekko.BUKRS'),
    sequence: `coalesce(try_cast(named.change_number as bigint), named._row)`,
    activity: 'named.activity',
    actor: 'named.user_name',
    at: timestamp('named.UDATE', 'named.UTIME', system),
    precision: precision('named.UTIME'),
    row: 'named',
  })}
from named
left join ekko on ${filled('ekko.EBELN')} = named.order_number`,
  };
}

/** Goods receipts, service entries and invoice receipts of the order history. */
function movements(system: SapSystem): Staging {
  const isReversed = (debit: string) => `trim(ekbe.SHKZG) = '${debit}'`;
  const activity = `case
    when trim(ekbe.VGABE) = '9' then 'Record Service Entry Sheet'
    when trim(ekbe.VGABE) = '1' and material_document.number is null and (select count(*) from mkpf) > 0
      then 'Record Service Entry Sheet'
    when trim(ekbe.VGABE) = '1' and (${isReversed('H')} or trim(ekbe.BWART) = '102') then 'Cancel Goods Receipt'
    when trim(ekbe.VGABE) = '1' then 'Record Goods Receipt'
    when trim(ekbe.VGABE) = '2' and ${isReversed('H')} then 'Cancel Invoice Receipt'
    when trim(ekbe.VGABE) = '2' then 'Record Invoice Receipt'
    when trim(ekbe.VGABE) = '3' then 'Record Subsequent Invoice'
    when trim(ekbe.VGABE) in ('4', 'A', 'C') then 'Record Down Payment'
    else 'Order History ' || coalesce(${filled('ekbe.VGABE')}, 'Entry') end`;
  const inCurrency = currency('ekbe.WAERS', system);
  return {
    record: 'approval_event',
    streams: ['ekbe', 'mkpf', 'rbkp', 'ekko'],
    linkedBy: { ekbe: ['EBELN', 'BELNR'], mkpf: ['MBLNR'], rbkp: ['BELNR'], ekko: ['EBELN'] },
    sql: `
with material_document as (
  select distinct ${filled('MBLNR')} as number, ${filled('MJAHR')} as year from mkpf
),
booked as (
  select distinct ${filled('BELNR')} as number, ${filled('GJAHR')} as year from rbkp
),
moved as (
  select
    ekbe.*,
    -- Extracts without all key columns repeat a key; the repeats are numbered in order of entry.
    row_number() over (
      partition by ekbe.EBELN, ekbe.EBELP, ekbe.ZEKKN, ekbe.VGABE, ekbe.GJAHR, ekbe.BELNR, ekbe.BUZEI
      order by ekbe.CPUDT, ekbe.CPUTM, ekbe._row
    ) as occurrence,
    ${activity} as activity,
    ${filled('ekko.BUKRS')} as company,
    case when trim(ekbe.VGABE) = '2' and booked.number is not null
      then booked.number || '|' || booked.year end as invoice
  from ekbe
  left join material_document
    on material_document.number = ${filled('ekbe.BELNR')} and material_document.year = ${filled('ekbe.GJAHR')}
  left join booked on booked.number = ${filled('ekbe.BELNR')} and booked.year = ${filled('ekbe.GJAHR')}
  left join ekko on ${filled('ekko.EBELN')} = ${filled('ekbe.EBELN')}
)
select
  ${eventColumns({
    id: `concat_ws('|', 'EKBE', trim(EBELN), trim(EBELP), ${filled('ZEKKN')}, trim(VGABE), trim(GJAHR), trim(BELNR), ${filled('BUZEI')}, case when occurrence > 1 then '#' || occurrence end)`,
    order: filled('EBELN'),
    item: filled('EBELP'),
    company: 'company',
    invoice: 'invoice',
    sequence: `case when trim(VGABE) in ('1', '9') then 30000000000 else 40000000000 end + _row`,
    activity: 'activity',
    actor: filled('ERNAM'),
    at: timestamp('CPUDT', 'CPUTM', system).replaceAll(
      'CPUDT',
      `coalesce(nullif(${filled('CPUDT')}, '00000000'), BUDAT)`,
    ),
    precision: precision('CPUTM'),
    amount: amount('WRBTR', inCurrency.replaceAll('ekbe.', ''), system),
    currency: `case when ${filled('WRBTR')} is not null then ${inCurrency.replaceAll('ekbe.', '')} end`,
    row: 'moved',
  })}
from moved`,
  };
}

/** The vendor's invoice: its document date, or the day it was entered when the extract has no other. */
function vendorInvoices(system: SapSystem): Staging {
  const day = `coalesce(nullif(${filled('rbkp.BLDAT')}, '00000000'), rbkp.CPUDT)`;
  const time = `case when ${filled('rbkp.BLDAT')} is null then rbkp.CPUTM end`;
  const inCurrency = currency('rbkp.WAERS', system);
  return {
    record: 'approval_event',
    streams: ['rseg', 'rbkp', 'ekko'],
    linkedBy: { rseg: ['BELNR', 'EBELN'], rbkp: ['BELNR'], ekko: ['EBELN'] },
    sql: `
with item as (
  select
    ${filled('BELNR')} as number, ${filled('GJAHR')} as year, ${filled('EBELN')} as order_number, ${filled('EBELP')} as order_line,
    min(_row) as _row, arg_min(_batch_id, _row) as _batch_id, count(*) as _row_count
  from rseg
  group by 1, 2, 3, 4
)
select
  ${eventColumns({
    id: `concat_ws('|', 'RSEG', item.number, item.year, item.order_number, item.order_line)`,
    order: 'item.order_number',
    item: 'item.order_line',
    company: `coalesce(${filled('ekko.BUKRS')}, ${filled('rbkp.BUKRS')})`,
    invoice: `item.number || '|' || item.year`,
    sequence: `20000000000 + item._row`,
    activity: `case when ${isCredit} then 'Vendor creates debit memo' else 'Vendor creates invoice' end`,
    at: timestamp(day, time, system),
    precision: precision(time),
    amount: amount('rbkp.RMWWR', inCurrency, system),
    currency: inCurrency,
    row: 'item',
  })},
  item._row_count
from item
left join rbkp on ${filled('rbkp.BELNR')} = item.number and ${filled('rbkp.GJAHR')} = item.year
left join ekko on ${filled('ekko.EBELN')} = item.order_number`,
  };
}

function clearings(system: SapSystem): Staging {
  return {
    record: 'approval_event',
    streams: ['bseg', 'bkpf', 'rseg', 'mseg', 'ekko'],
    linkedBy: clearingLinks,
    sql: `
with ${clearingTables}
select
  ${eventColumns({
    id: `concat_ws('|', 'BSEG', paid_line.company, paid_line.number, paid_line.year, paid_line.line, paid_item.order_number, paid_item.order_line)`,
    order: filled('paid_item.order_number'),
    item: filled('paid_item.order_line'),
    company: `coalesce(${filled('ekko.BUKRS')}, nullif(paid_line.company, ''))`,
    invoice: `coalesce(paid_line.invoice_number || '|' || paid_line.invoice_year, paid_invoice.invoice_id)`,
    sequence: `50000000000 + paid_line._row`,
    activity: `'Clear Invoice'`,
    actor: 'paid_line.user_name',
    at: timestamp('paid_line.entered_on', 'paid_line.entered_time', system),
    precision: precision('paid_line.entered_time'),
    row: 'paid_line',
  })}
from paid_line
join paid_item on paid_item._row = paid_line._row and paid_item._batch_id = paid_line._batch_id
left join paid_invoice on paid_invoice._row = paid_line._row and paid_invoice._batch_id = paid_line._batch_id
left join ekko on ${filled('ekko.EBELN')} = ${filled('paid_item.order_number')}`,
  };
}
