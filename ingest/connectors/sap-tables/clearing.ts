import { filled } from './values.ts';

/** Document types of vendor payments; a clearing by another type pays nothing. */
const paymentTypes = `('KZ', 'ZP', 'ZV', 'KA')`;

/**
 * Common table expressions that say which order item each payment cleared. `paid_line`: one row per
 * vendor line (KOART K) of table BSEG that a payment document cleared, with the invoice when known;
 * `paid_item`: its order items.
 *
 * Definition  SAP's own way: an invoice's vendor line carries AUGBL, its header's AWKEY names the
 *             logistics invoice, whose RSEG lines name the order items. Extracts that hold only the
 *             payment documents' lines (AUGBL = BELNR) lack that way: such a clearing then belongs to
 *             the item of the same vendor and amount, in the order of document numbers. Runs of
 *             consecutive numbers in rising time are one item's; where runs and items differ in
 *             number and clearings do not, each clearing is one item's.
 */
export const clearingTables = `
document as (
  select
    coalesce(${filled('BUKRS')}, '') as company,
    ${filled('BELNR')} as number,
    ${filled('GJAHR')} as year,
    ${filled('BLART')} as document_type,
    ${filled('AWKEY')} as origin,
    ${filled('USNAM')} as user_name,
    ${filled('WAERS')} as document_currency,
    nullif(trim(CPUDT), '00000000') as entered_on,
    ${filled('CPUTM')} as entered_time
  from bkpf
),
cleared_line as (
  select
    coalesce(${filled('BUKRS')}, '') as company,
    ${filled('BELNR')} as number,
    ${filled('GJAHR')} as year,
    ${filled('BUZEI')} as line,
    ${filled('LIFNR')} as vendor,
    ${filled('AUGBL')} as cleared_by,
    coalesce(${filled('AUGGJ')}, left(${filled('AUGDT')}, 4)) as cleared_year,
    nullif(trim(AUGDT), '00000000') as cleared_on,
    DMBTR, WRBTR, WSKTO, PSWSL, SHKZG, _row, _batch_id
  from bseg
  where ${filled('AUGBL')} is not null and coalesce(${filled('KOART')}, 'K') = 'K'
),
invoice_cleared as (
  select distinct company, cleared_by, cleared_year from cleared_line where cleared_by <> number
),
paid_line as (
  select
    cleared_line.*,
    payment.document_type,
    payment.user_name,
    coalesce(payment.document_currency, booked.document_currency) as document_currency,
    coalesce(payment.entered_on, cleared_line.cleared_on) as entered_on,
    payment.entered_time,
    case when cleared_line.cleared_by <> cleared_line.number then left(booked.origin, 10) end as invoice_number,
    case when cleared_line.cleared_by <> cleared_line.number then substr(booked.origin, 11, 4) end as invoice_year
  from cleared_line
  left join document as payment
    on payment.company = cleared_line.company
    and payment.number = cleared_line.cleared_by
    and payment.year = cleared_line.cleared_year
  left join document as booked
    on booked.company = cleared_line.company
    and booked.number = cleared_line.number
    and booked.year = cleared_line.year
  left join invoice_cleared
    on invoice_cleared.company = cleared_line.company
    and invoice_cleared.cleared_by = cleared_line.cleared_by
    and invoice_cleared.cleared_year = cleared_line.cleared_year
  where coalesce(payment.document_type, 'KZ') in ${paymentTypes}
    -- The payment document's own line only where no invoice line says what it cleared.
    and (cleared_line.cleared_by <> cleared_line.number or invoice_cleared.company is null)
),
item_value as (
  select EBELN, EBELP, try_cast(parse_decimal(WRBTR, '.') as decimal(38, 4)) as amount from rseg
  union all
  select EBELN, EBELP, try_cast(parse_decimal(DMBTR, '.') as decimal(38, 4)) from mseg
),
order_item as (
  select
    ${filled('ekko.LIFNR')} as vendor,
    item_value.EBELN as order_number,
    item_value.EBELP as order_line,
    max(item_value.amount) as amount
  from item_value
  join ekko on ${filled('ekko.EBELN')} = ${filled('item_value.EBELN')}
  where item_value.amount is not null
  group by all
),
item_rank as (
  select
    *,
    row_number() over same_amount as position,
    count(*) over (partition by vendor, amount) as items
  from order_item
  window same_amount as (partition by vendor, amount order by order_number, order_line)
),
own_line as (
  select
    *,
    try_cast(parse_decimal(DMBTR, '.') as decimal(38, 4)) as amount,
    coalesce(entered_on, '') || coalesce(entered_time, '') as entered
  from paid_line
  where cleared_by = number
),
own_run as (
  select
    *,
    case
      when entered < lag(entered) over numbered
        or try_cast(number as bigint) is distinct from try_cast(lag(number) over numbered as bigint) + 1
      then 1 else 0
    end as begins_run
  from own_line
  window numbered as (partition by vendor, amount order by number, line)
),
own_rank as (
  select
    *,
    sum(begins_run) over numbered as run,
    row_number() over numbered as position,
    sum(begins_run) over (partition by vendor, amount) as runs,
    count(*) over (partition by vendor, amount) as clearings
  from own_run
  window numbered as (partition by vendor, amount order by number, line)
),
paid_item as (
  select own_rank._row, own_rank._batch_id, item_rank.order_number, item_rank.order_line
  from own_rank
  join item_rank
    on item_rank.vendor = own_rank.vendor
    and item_rank.amount = own_rank.amount
    and item_rank.position = case
      when own_rank.clearings = item_rank.items then own_rank.position
      when own_rank.runs = item_rank.items then own_rank.run
      else least(own_rank.position, item_rank.items)
    end
  union
  select paid_line._row, paid_line._batch_id, rseg.EBELN, rseg.EBELP
  from paid_line
  join rseg
    on ${filled('rseg.BELNR')} = paid_line.invoice_number
    and ${filled('rseg.GJAHR')} = paid_line.invoice_year
),
item_invoice as (
  select
    EBELN as order_number,
    EBELP as order_line,
    ${filled('BELNR')} || '|' || ${filled('GJAHR')} as invoice_id,
    row_number() over (partition by EBELN, EBELP order by BELNR, GJAHR) as position,
    count(*) over (partition by EBELN, EBELP) as invoices
  from (select distinct EBELN, EBELP, BELNR, GJAHR from rseg)
),
item_payment as (
  select
    *,
    row_number() over (partition by order_number, order_line order by _batch_id, _row) as position,
    count(*) over (partition by order_number, order_line) as payments
  from paid_item
),
paid_invoice as (
  -- An own line pays the invoice in the same place only when there are as many payments as invoices.
  select item_payment._row, item_payment._batch_id, min(item_invoice.invoice_id) as invoice_id
  from item_payment
  join item_invoice using (order_number, order_line, position)
  where item_payment.payments = item_invoice.invoices
  group by all
)`;

/** Streams the clearing tables read besides BSEG, with the columns that join them. */
export const clearingLinks = {
  bseg: ['BELNR', 'AUGBL', 'LIFNR'],
  bkpf: ['BELNR', 'AWKEY'],
  rseg: ['BELNR', 'EBELN'],
  mseg: ['EBELN'],
  ekko: ['EBELN', 'LIFNR'],
} as const;
