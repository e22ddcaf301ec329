-- Every payment request stands once in payment_flow, and nothing else does.
-- key: payment_request_key
-- touched by: payment_request.payment_request_key, payment_flow.payment_request_key
with stored as (
  select payment_request_key, count(*) as stored from payment_request group by payment_request_key
),
derived as (
  select payment_request_key, count(*) as derived from payment_flow group by payment_request_key
)
select payment_request_key, stored, derived
from stored
full join derived using (payment_request_key)
where stored is distinct from 1 or derived is distinct from 1
