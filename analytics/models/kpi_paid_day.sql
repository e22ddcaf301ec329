-- One row per day of payment and company: invoices paid, touches, days from receipt, lateness and terms by amount.
-- key: paid_on
-- touched by: kpi_invoice.paid_on
select
  paid_on,
  company_key,
  sum(touch_known)::BIGINT as touch_known,
  sum(touchless)::BIGINT as touchless,
  sum(aged)::BIGINT as aged,
  sum(aged_amount)::DECIMAL(18, 4) as aged_amount,
  sum(aged_amount_days)::DECIMAL(18, 4) as aged_amount_days,
  sum(termed)::BIGINT as termed,
  sum(termed_amount)::DECIMAL(18, 4) as termed_amount,
  sum(termed_amount_days)::DECIMAL(18, 4) as termed_amount_days,
  sum(touches)::BIGINT as touches,
  sum(receipt_known)::BIGINT as receipt_known,
  sum(receipt_days)::BIGINT as receipt_days,
  sum(paid_within_30)::BIGINT as paid_within_30,
  sum(paid_after_60)::BIGINT as paid_after_60,
  sum(dated)::BIGINT as dated,
  sum(dated_amount)::DECIMAL(18, 4) as dated_amount,
  sum(late_amount_days)::DECIMAL(18, 4) as late_amount_days,
  sum(early_amount_days)::DECIMAL(18, 4) as early_amount_days,
  sum(unused_amount_days)::DECIMAL(18, 4) as unused_amount_days,
  sum(late_interest_base)::DECIMAL(18, 4) as late_interest_base,
from kpi_invoice
where paid_on is not null
group by paid_on, company_key
