-- One row per last discount day and company: offers, what was taken and missed.
-- key: discount_on
-- touched by: kpi_invoice.discount_on
select
  discount_on,
  company_key,
  sum(discount_offers)::BIGINT as discount_offers,
  sum(discount_captured)::BIGINT as discount_captured,
  sum(discount_offered_base)::DECIMAL(18, 4) as discount_offered_base,
  sum(discount_taken_base)::DECIMAL(18, 4) as discount_taken_base,
  sum(discount_missed_base)::DECIMAL(18, 4) as discount_missed_base,
from kpi_invoice
where discount_on is not null
group by discount_on, company_key
