-- One row per invoice that is owed; credit notes, reversals and what they reverse are left out.
-- key: invoice_key
-- touched by: invoice_flow.invoice_key, payment_flow.invoice_key
--
-- Each measure is 1 or an amount where the row counts for it, 0 where it counts without success,
-- and null where nothing is known; roll-ups and KPIs only sum them.
-- ready_on        day of the last approval, once the request is decided in favour
-- touch_known     paid, and its history is known
-- due, on_time    has a due date; paid on or before it
-- discount_offers has an offer whose outcome is known: unpaid counts as not taken
-- aged, termed    paid, and its days from invoice date to payment or due date are known
-- entered_on      day it was entered; entry_received_on only where that is known
-- receipt_known   paid, and its day of receipt is known; dated: paid, with due date and value
-- overdue_on      first day past the due date, statutory_on past 60 days from receipt, while unpaid then
-- late_interest_base  at 10.15 % a year, the ECB rate + 8 points of the first half of 2026, from the day after due: 0.1015 / 365 a day
with request as (
  select
    payment_request_key,
    invoice_key,
    status,
  from payment_flow
),

invoice as (
  select
    invoice_flow.*,
    invoice_flow.received_at::DATE as received_on,
    request.status as request_status,
    invoice_flow.paid_on is not null as is_paid,
    greatest(0, invoice_flow.paid_on - invoice_flow.invoiced_on) as paid_days,
    greatest(0, invoice_flow.due_on - invoice_flow.invoiced_on) as term_days,
  from invoice_flow
  left join request
    on request.invoice_key = invoice_flow.invoice_key
    and request.payment_request_key = invoice_flow.payment_request_key
  where
    invoice_flow.document_type is distinct from 'credit'
    and not coalesce(invoice_flow.is_reversed, false)
    and invoice_flow.reversal_of_key is null
    and invoice_flow.amount_gross > 0
),

measured as (
  select
    *,
    is_paid and human_touches is not null as is_touch_known,
    has_exception is not null as is_exception_known,
    discount_amount_base > 0
      and discount_on is not null
      and (not is_paid or discount_taken_base is not null) as is_offer,
    case when is_paid then discount_taken_base else 0 end as taken_base,
    is_paid and paid_days is not null and amount_base is not null as is_aged,
    is_paid and term_days is not null and amount_base is not null as is_termed,
    coalesce(entered_at::DATE, posted_on) as entered_on,
    is_paid and received_on is not null as is_receipt_known,
    is_paid and due_on is not null and amount_base is not null as is_dated,
    greatest(0, paid_on - received_on) as receipt_days,
    greatest(0, paid_on - due_on)::INTEGER as late_days,
    greatest(0, due_on - paid_on)::INTEGER as early_days,
  from invoice
)

select
  invoice_key,
  company_key,
  vendor_key,
  category,
  cost_center,
  channel,
  invoice_number,
  currency,
  amount_gross,
  amount_base,
  received_on,
  case when payment_request_key is not null then received_on end as approval_received_on,
  case when request_status in ('approved', 'released', 'paid') then coalesce(approved_at::DATE, paid_on) end as ready_on,
  due_on,
  discount_on,
  paid_on,
  1::TINYINT as received,
  case when payment_request_key is not null then 1 end::TINYINT as approvals_due,
  case when is_touch_known then 1 end::TINYINT as touch_known,
  case when is_touch_known then (human_touches = 0)::TINYINT end as touchless,
  case when is_exception_known then 1 end::TINYINT as exception_known,
  case when is_exception_known then has_exception::TINYINT end as exception,
  case when due_on is not null then 1 end::TINYINT as due,
  case when due_on is not null then coalesce(paid_on <= due_on, false)::TINYINT end as on_time,
  case when is_offer then 1 end::TINYINT as discount_offers,
  case when is_offer then discount_amount_base end::DECIMAL(18, 4) as discount_offered_base,
  case when is_offer then taken_base end::DECIMAL(18, 4) as discount_taken_base,
  case when is_offer then greatest(0, discount_amount_base - taken_base) end::DECIMAL(18, 4) as discount_missed_base,
  case when is_aged then 1 end::TINYINT as aged,
  case when is_aged then amount_base end::DECIMAL(18, 4) as aged_amount,
  case when is_aged then amount_base * paid_days::INTEGER end::DECIMAL(18, 4) as aged_amount_days,
  case when is_termed then 1 end::TINYINT as termed,
  case when is_termed then amount_base end::DECIMAL(18, 4) as termed_amount,
  case when is_termed then amount_base * term_days::INTEGER end::DECIMAL(18, 4) as termed_amount_days,
  entered_on,
  case when entered_on is not null then received_on end as entry_received_on,
  case when due_on is not null and coalesce(paid_on > due_on, true) then due_on + 1 end as overdue_on,
  case when received_on is not null and coalesce(paid_on > received_on + 60, true) then received_on + 61 end as statutory_on,
  case when is_touch_known then human_touches end as touches,
  case when is_offer then (taken_base > 0)::TINYINT end as discount_captured,
  case when is_receipt_known then 1 end::TINYINT as receipt_known,
  case when is_receipt_known then receipt_days end as receipt_days,
  case when is_receipt_known then (receipt_days <= 30)::TINYINT end as paid_within_30,
  case when is_receipt_known then (receipt_days > 60)::TINYINT end as paid_after_60,
  case when is_dated then 1 end::TINYINT as dated,
  case when is_dated then amount_base end::DECIMAL(18, 4) as dated_amount,
  case when is_dated then amount_base * late_days end::DECIMAL(18, 4) as late_amount_days,
  case when is_dated then amount_base * early_days end::DECIMAL(18, 4) as early_amount_days,
  case when is_dated then amount_base * (early_days - late_days) end::DECIMAL(18, 4) as unused_amount_days,
  case when is_dated then amount_base::DECIMAL(20, 4) * late_days::DECIMAL(6, 0) * 0.000278082192 end::DECIMAL(18, 4) as late_interest_base,
from measured
