-- Every invoice stands once in invoice_flow, and nothing else does.
-- key: invoice_key
-- touched by: invoice.invoice_key, invoice_flow.invoice_key
with stored as (select invoice_key, count(*) as stored from invoice group by invoice_key),
derived as (select invoice_key, count(*) as derived from invoice_flow group by invoice_key)
select invoice_key, stored, derived
from stored
full join derived using (invoice_key)
where stored is distinct from 1 or derived is distinct from 1
