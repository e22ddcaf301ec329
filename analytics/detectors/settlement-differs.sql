-- One row per payment request of which the bank or platform moved another amount than was sent.
with settled as (
  select
    *,
    abs(settled_amount) - executed_amount as difference
  from payment_flow
  where settled_amount is not null and executed_amount > 0
    and coalesce(settled_currency, executed_currency) = executed_currency
),
differing as (
  select *, abs(difference::double) / executed_amount::double as difference_rate
  from settled
  where abs(difference) > $tolerance_amount
    -- The platform kept or added its fee: explained.
    and not coalesce(abs(abs(difference) - fee_amount) <= 0.01 and fee_currency = executed_currency, false)
)
select
  payment_request_key as partition_key,
  payment_request_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  0.8 + 0.19 * least(difference_rate / 0.1, 1) as score,
  abs(difference) as amount_at_stake,
  executed_currency as currency,
  [
    {
      'weight': 1.0, 'id': if(difference > 0, 'settled_more', 'settled_less'),
      'values': json_object(
        'sent_amount', executed_amount::varchar, 'settled_amount', abs(settled_amount)::varchar,
        'difference_amount', abs(difference)::varchar, 'currency', executed_currency
      ),
      'actual': abs(settled_amount)::double,
      'usual_low': round(executed_amount::double * (1 - $tolerance_rate), 2),
      'usual_high': round(executed_amount::double * (1 + $tolerance_rate), 2),
      'unit': executed_currency
    }
  ] as reasons,
  [] as evidence_keys,
  executed_at as found_as_of
from differing
where difference_rate > $tolerance_rate
