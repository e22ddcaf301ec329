-- One row per payment that waited longer for its run than the process needs, and was late or lost a discount by it.
with waited as (
  select
    flow.payment_request_key, flow.company_key, flow.vendor_key, flow.amount, flow.amount_base, flow.currency,
    flow.due_on, flow.last_approved_at, flow.executed_at, flow.payment_run,
    invoice.discount_on,
    invoice.discount_amount,
    invoice.discount_taken_base,
    timezone(coalesce(place.time_zone, 'UTC'), flow.last_approved_at::timestamptz) as local_approved_at,
    timezone(coalesce(place.time_zone, 'UTC'), flow.executed_at::timestamptz) as local_executed_at
  from payment_flow as flow
  left join invoice_flow as invoice on invoice.payment_request_key = flow.payment_request_key
  left join company as place on place.company_key = flow.company_key
  -- A day or less is what a daily run takes.
  where flow.payment_run is not null and flow.executed_at > flow.last_approved_at + interval 1 day
    and flow.time_precision is distinct from 'date'
),
counted as (
  select
    *,
    -- Working days between two dates: five a week, Saturday and Sunday at the Friday before.
    local_approved_at::date as approved_on,
    local_executed_at::date as executed_on,
    (approved_on - date '2001-01-01') // 7 * 5 + least((approved_on - date '2001-01-01') % 7, 5) as approved_working_day,
    (executed_on - date '2001-01-01') // 7 * 5 + least((executed_on - date '2001-01-01') % 7, 5) as executed_working_day,
    executed_working_day - approved_working_day - 1 as excess,
    -- The day of a daily run: the first working day after the approval.
    case isodow(approved_on) when 5 then approved_on + 3 when 6 then approved_on + 2 else approved_on + 1 end as next_run_on,
    approved_working_day + 1 as next_run_working_day,
    (due_on - date '2001-01-01') // 7 * 5 + least((due_on - date '2001-01-01') % 7, 4) as due_working_day
  from waited
),
harmed as (
  select
    *,
    discount_on is not null and discount_amount > 0 and coalesce(discount_taken_base, 0) = 0
      and next_run_on <= discount_on and executed_on > discount_on as is_discount_lost,
    -- What counts is the money on the vendor's account, arrival_days after the run.
    next_run_working_day + $arrival_days <= due_working_day
      and executed_working_day + $arrival_days > due_working_day as is_late
  from counted
  where excess >= $least_days
),
costly as (
  select
    *,
    if(is_discount_lost, discount_amount, 0) + if(
      is_late,
      (amount * $interest_rate * (executed_working_day + $arrival_days - due_working_day) / 365)::decimal(18, 4), 0
    ) as lost_amount,
    -- Held on purpose for the last run before its due date: not the run but the bank's days made it late.
    excess + 1 > $run_gap_days and executed_on <= due_on as is_held
  from harmed
  where is_discount_lost or is_late
  qualify row_number() over (partition by payment_request_key order by is_discount_lost desc, discount_on) = 1
)
select
  payment_request_key as partition_key,
  payment_request_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  excess / (excess + $half_days) as score,
  lost_amount as amount_at_stake,
  currency,
  [
    {
      'weight': 0.6, 'id': 'waited_for_run',
      'values': json_object(
        'payment_run', payment_run, 'weekday', isodow(executed_on), 'approved_at', last_approved_at::varchar,
        'executed_at', executed_at::varchar, 'excess_days', excess
      ),
      'actual': excess + 1.0, 'usual_low': 0.0, 'usual_high': $run_gap_days::double, 'unit': 'working_days'
    },
    case when is_discount_lost then {
      'weight': 0.3, 'id': 'discount_lost_waiting',
      'values': json_object(
        'discount_amount', discount_amount::varchar, 'currency', currency, 'discount_on', discount_on::varchar
      ),
      'actual': (executed_on - discount_on)::double, 'usual_low': null, 'usual_high': 0.0, 'unit': 'days'
    } end,
    case when is_late then {
      'weight': 0.1, 'id': 'late_waiting',
      'values': json_object('due_on', due_on::varchar, 'late_days', (executed_working_day + $arrival_days - due_working_day)::integer),
      'actual': (executed_working_day + $arrival_days - due_working_day)::double, 'usual_low': null, 'usual_high': 0.0, 'unit': 'working_days'
    } end
  ] as reasons,
  [] as evidence_keys,
  executed_at as found_as_of
from costly
-- Without a rate the loss cannot be weighed against least_loss: it is reported.
where not is_held or coalesce(lost_amount::double * amount_base::double / amount::double >= $least_loss, true)
