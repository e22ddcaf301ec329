-- Every payment stands once in payment_fact, with its amount unchanged.
-- key: payment_key
-- touched by: payment.payment_key, payment_fact.payment_key
with stored as (
  select payment_key, sum(amount) as stored, count(*) as stored_rows from payment group by payment_key
),
derived as (
  select payment_key, sum(amount) as derived, count(*) as derived_rows from payment_fact group by payment_key
)
select payment_key, stored, derived
from stored
full join derived using (payment_key)
where stored is distinct from derived or stored_rows is distinct from 1 or derived_rows is distinct from 1
