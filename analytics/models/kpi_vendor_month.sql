-- One row per month, company and vendor: payments, their value and fees.
-- key: paid_month_on
-- touched by: kpi_payment.(date_trunc('month', executed_on)::date)
with payments as (
  select
    date_trunc('month', executed_on)::DATE as paid_month_on,
    company_key,
    vendor_key,
    sum(payments)::BIGINT as payments,
    sum(amount_base)::DECIMAL(18, 4) as amount_base,
    sum(fee_base)::DECIMAL(18, 4) as fee_base,
  from kpi_payment
  where vendor_key is not null
  group by paid_month_on, company_key, vendor_key
)

select
  md5(concat_ws(chr(31), paid_month_on, company_key, vendor_key))::UUID as vendor_month_key,
  *,
  1::TINYINT as vendor_months,
from payments
