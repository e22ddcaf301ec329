-- One row per day of booking, company and whether a payment was found: debit lines and their value.
-- key: booked_on
-- touched by: bank_match.booked_on
--
-- matched_on  the day of booking where a payment was found: such a line was never open
select
  booked_on,
  company_key,
  case when payment_key is not null then booked_on end as matched_on,
  count(*) as lines,
  count(payment_key) as matched,
  sum(amount_base)::DECIMAL(18, 4) as amount_base,
from bank_match
where booked_on is not null
group by booked_on, company_key, matched_on
