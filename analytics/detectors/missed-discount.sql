-- One row per paid invoice whose early-payment discount was offered, worth taking and not taken.
with offered as (
  select
    *,
    discount_rate::double / (1 - discount_rate::double) * 365 / greatest(paid_on - discount_on, 1) as annual_rate,
    discount_amount
      - (amount_gross * $hurdle_rate * (paid_on - discount_on) / 365)::decimal(18, 4) as saving_amount,
    approved_at::date > discount_on as is_approved_late
  from invoice_flow
  where discount_rate > 0 and discount_rate < 1 and discount_amount > 0
    and paid_on > discount_on
    and coalesce(discount_taken_base, 0) = 0
    and coalesce(received_at::date, invoiced_on) <= discount_on
    and reversal_of_key is null and not coalesce(is_reversed, false)
)
select
  invoice_key as partition_key,
  invoice_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  1 - $hurdle_rate / annual_rate as score,
  saving_amount as amount_at_stake,
  currency,
  [
    {
      'weight': 0.7, 'id': 'discount_not_taken',
      'values': json_object(
        'discount_amount', discount_amount::varchar, 'currency', currency, 'discount_on', discount_on::varchar,
        'paid_on', paid_on::varchar, 'annual_rate', round(annual_rate, 4)
      ),
      'actual': round(annual_rate, 4), 'usual_low': 0.0, 'usual_high': $hurdle_rate::double, 'unit': 'rate'
    },
    case
      when is_approved_late then {
        'weight': 0.3, 'id': 'discount_approved_late',
        'values': json_object('approved_at', approved_at::varchar, 'discount_on', discount_on::varchar),
        'actual': (approved_at::date - discount_on)::double, 'usual_low': null, 'usual_high': 0.0, 'unit': 'days'
      }
      when approved_at is not null then {
        'weight': 0.3, 'id': 'discount_approved_in_time',
        'values': json_object('approved_at', approved_at::varchar, 'paid_on', paid_on::varchar),
        'actual': (paid_on - approved_at::date)::double, 'usual_low': null, 'usual_high': 0.0, 'unit': 'days'
      }
    end
  ] as reasons,
  [] as evidence_keys,
  paid_on::timestamp as found_as_of
from offered
where annual_rate > $hurdle_rate
  and saving_amount * discount_amount_base / discount_amount >= $least_saving
