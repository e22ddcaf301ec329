-- One row per day of payment and company: invoices paid, without touch, their days and terms by amount.
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
from kpi_invoice
where paid_on is not null
group by paid_on, company_key
