import type { Staging } from '../../connector.ts';
import { clearingLinks, clearingTables } from './clearing.ts';
import { firstDate } from './masters.ts';
import {
  amount,
  currency,
  date,
  filled,
  isCredit,
  literal,
  negatedWhen,
  precision,
  timestamp,
  type SapSystem,
} from './values.ts';

/** Logistics invoices and the payments that cleared them. */
export function invoicesStaging(system: SapSystem): Staging[] {
  return [invoice(system), payment(system)];
}

function invoice(system: SapSystem): Staging {
  const inCurrency = currency('rbkp.WAERS', system);
  const days = (column: string) => `coalesce(try_cast(trim(${column}) as integer), 0)`;
  const baseDay = `try_cast(${date('rbkp.ZFBDT')} as date)`;
  return {
    record: 'invoice',
    streams: ['rbkp', 'rseg', 'ekko', 'ekbe'],
    linkedBy: { rbkp: ['BELNR'], rseg: ['BELNR', 'EBELN'], ekko: ['EBELN'], ekbe: ['BELNR'] },
    sql: `
with ordered as (
  select
    ${filled('rseg.BELNR')} as number,
    ${filled('rseg.GJAHR')} as year,
    min(${filled('rseg.EBELN')}) as order_number,
    min(coalesce(${filled('ekko.BUKRS')}, ${filled('rseg.BUKRS')})) as company
  from rseg
  left join ekko on ${filled('ekko.EBELN')} = ${filled('rseg.EBELN')}
  group by all
),
posted as (
  select ${filled('BELNR')} as number, ${filled('GJAHR')} as year, min(nullif(trim(BUDAT), '00000000')) as posted_on
  from ekbe
  where trim(VGABE) = '2'
  group by all
)
select
  ${filled('rbkp.BELNR')} || '|' || ${filled('rbkp.GJAHR')} as invoice_id,
  coalesce(${filled('rbkp.BUKRS')}, ordered.company) as company_id,
  ${filled('rbkp.LIFNR')} as vendor_id,
  ordered.order_number as purchase_order_id,
  case when ${isCredit} then 'credit' else 'invoice' end as document_type,
  ${filled('rbkp.XBLNR')} as invoice_number,
  ${filled('rbkp.BELNR')} as document_number,
  ${date('rbkp.BLDAT')} as invoiced_on,
  ${timestamp('rbkp.CPUDT', 'rbkp.CPUTM', system)} as received_at,
  ${timestamp('rbkp.CPUDT', 'rbkp.CPUTM', system)} as entered_at,
  ${filled('rbkp.USNAM')} as entered_by_id,
  ${firstDate('rbkp.BUDAT', 'posted.posted_on')} as posted_on,
  (${baseDay} + greatest(${['ZBD1T', 'ZBD2T', 'ZBD3T'].map((column) => days(`rbkp.${column}`)).join(', ')}))::varchar as due_on,
  ${inCurrency} as currency,
  ${negatedWhen(isCredit, amount('rbkp.RMWWR', inCurrency, system))} as amount_gross,
  ${negatedWhen(isCredit, amount('rbkp.WMWST1', inCurrency, system))} as amount_tax,
  nullif(try_cast(parse_decimal(rbkp.ZBD1P, '.') as decimal(18, 9)) / 100, 0)::decimal(18, 9)::varchar as discount_rate,
  case when try_cast(parse_decimal(rbkp.ZBD1P, '.') as decimal(18, 9)) > 0
    then (${baseDay} + ${days('rbkp.ZBD1T')})::varchar end as discount_on,
  ${filled('rbkp.SGTXT')} as description,
  ${filled('rbkp.RBSTAT')} as status,
  ${filled('rbkp.ZLSPR')} as payment_block,
  case when ${filled('rbkp.STBLG')} is not null and ${isCredit}
    then ${filled('rbkp.STBLG')} || '|' || ${filled('rbkp.STJAH')} end as reversal_of_id,
  ${precision('rbkp.CPUTM')} as time_precision,
  rbkp._row,
  rbkp._batch_id
from rbkp
left join ordered on ordered.number = ${filled('rbkp.BELNR')} and ordered.year = ${filled('rbkp.GJAHR')}
left join posted on posted.number = ${filled('rbkp.BELNR')} and posted.year = ${filled('rbkp.GJAHR')}`,
  };
}

function payment(system: SapSystem): Staging {
  const inCurrency = `coalesce(upper(${filled('paid_line.PSWSL')}), upper(paid_line.document_currency), ${literal(system.currency)})`;
  const isOwnLine = 'paid_line.cleared_by = paid_line.number';
  // Owed to the vendor is H on an invoice's line; on a payment's own line the money leaves by S.
  const isNegative = `trim(paid_line.SHKZG) = case when ${isOwnLine} then 'H' else 'S' end`;
  // Some extracts write the sign twice, as a trailing minus and as SHKZG.
  const paid = `ltrim(${amount(`coalesce(${filled('paid_line.WRBTR')}, paid_line.DMBTR)`, inCurrency, system)}, '-')`;
  return {
    record: 'payment',
    streams: ['bseg', 'bkpf', 'rseg', 'mseg', 'ekko'],
    linkedBy: clearingLinks,
    sql: `
with ${clearingTables},
ordering_company as (
  select paid_item._row, paid_item._batch_id, min(${filled('ekko.BUKRS')}) as company
  from paid_item
  join ekko on ${filled('ekko.EBELN')} = ${filled('paid_item.order_number')}
  group by all
)
select
  concat_ws('|', paid_line.company, paid_line.number, paid_line.year, paid_line.line) as payment_id,
  coalesce(nullif(paid_line.company, ''), ordering_company.company) as company_id,
  paid_line.vendor as vendor_id,
  coalesce(paid_line.invoice_number || '|' || paid_line.invoice_year, paid_invoice.invoice_id) as invoice_id,
  paid_line.cleared_by as payment_document,
  ${inCurrency} as currency,
  ${negatedWhen(isNegative, paid)} as amount,
  ${amount('paid_line.WSKTO', inCurrency, system)} as discount_taken,
  ${timestamp('paid_line.entered_on', 'paid_line.entered_time', system)} as executed_at,
  paid_line.user_name as executed_by_id,
  'sent' as status,
  ${precision('paid_line.entered_time')} as time_precision,
  paid_line._row,
  paid_line._batch_id
from paid_line
left join paid_invoice
  on paid_invoice._row = paid_line._row and paid_invoice._batch_id = paid_line._batch_id
left join ordering_company
  on ordering_company._row = paid_line._row and ordering_company._batch_id = paid_line._batch_id`,
  };
}
