-- One row per payment for which a channel agreed with or used by the vendor cost less and arrived in time.
with tariff as (
  select unnest(
    from_json(
      $tariffs::json,
      '[{"channel": "VARCHAR", "currency": "VARCHAR", "valid_from_on": "DATE", "fixed_fee": "DECIMAL(18,4)",
         "fee_rate": "DOUBLE", "arrival_days": "INTEGER", "amount_limit": "DECIMAL(18,4)"}]'
    ),
    recursive := true
  )
),
-- Requests not paid yet are judged by the channel they ask for.
request as (
  select
    flow.* exclude (channel),
    flow.amount_base / nullif(flow.amount, 0) as request_rate,
    vendor.channel as agreed_channel,
    coalesce(flow.executed_channel, flow.channel) as channel,
    coalesce(flow.executed_at::date, flow.scheduled_on, flow.requested_at::date) as leaves_on,
    coalesce(flow.executed_amount, flow.amount) as leaving_amount,
    coalesce(flow.executed_currency, flow.currency) as leaving_currency
  from payment_flow as flow
  left join vendor on vendor.vendor_key = flow.vendor_key
  where flow.amount > 0 and coalesce(flow.executed_at, flow.requested_at) >= $since::timestamp
),
-- From when a vendor is known to take a channel.
used as (
  select vendor_key, executed_channel as channel, min(executed_at) as first_at
  from payment_flow
  where executed_at is not null
  group by vendor_key, executed_channel
),
tariffed as (
  select
    request.*,
    actual.arrival_days as actual_arrival_days,
    case
      when request.executed_at is not null then request.fee_base::double
      else (actual.fixed_fee::double + actual.fee_rate * request.leaving_amount::double) * request.request_rate
    end as actual_fee_base
  from request
  left join tariff as actual
    on actual.channel = request.channel
    and actual.currency = request.leaving_currency
    and actual.valid_from_on <= request.leaves_on
  qualify row_number() over (partition by request.payment_request_key order by actual.valid_from_on desc) = 1
),
alternative as (
  select
    tariffed.*,
    tariff.channel as cheaper_channel,
    tariff.arrival_days,
    (tariff.fixed_fee::double + tariff.fee_rate * leaving_amount::double) * request_rate as cheaper_fee_base,
    actual_fee_base - cheaper_fee_base as saving_base
  from tariffed
  join tariff
    on tariff.currency = tariffed.leaving_currency
    and tariff.channel <> tariffed.channel
    and tariff.valid_from_on <= tariffed.leaves_on
    and coalesce(tariffed.leaving_amount <= tariff.amount_limit, true)
  left join used
    on used.vendor_key = tariffed.vendor_key
    and used.channel = tariff.channel
    and used.first_at < coalesce(tariffed.executed_at, tariffed.requested_at)
  where actual_fee_base > 0
    and (coalesce(tariff.channel = tariffed.agreed_channel, false) or used.channel is not null)
  qualify row_number() over (
    partition by tariffed.payment_request_key, tariff.channel order by tariff.valid_from_on desc
  ) = 1
),
in_time as (
  select * from alternative
  -- Same arrival, or in time for the due date with the weekends counted in.
  where arrival_days <= actual_arrival_days
    or date_diff('day', leaves_on, due_on) >= arrival_days * 7 / 5.0 + 1
),
best as (
  select * from in_time
  where saving_base >= $least_saving
  qualify row_number() over (partition by payment_request_key order by saving_base desc, cheaper_channel) = 1
)
select
  vendor_key as partition_key,
  payment_request_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  if(cheaper_channel = agreed_channel, 1, 0.7) * saving_base / actual_fee_base as score,
  saving_base / request_rate as amount_at_stake,
  currency,
  [
    {
      'weight': 0.8, 'id': if(cheaper_channel = agreed_channel, 'agreed_channel_cheaper', 'used_channel_cheaper'),
      'values': json_object(
        'channel', channel, 'cheaper_channel', cheaper_channel,
        'fee_amount', round(actual_fee_base / request_rate, 2)::decimal(18, 2)::varchar,
        'cheaper_fee_amount', round(cheaper_fee_base / request_rate, 2)::decimal(18, 2)::varchar, 'currency', currency
      ),
      'actual': round(actual_fee_base, 4), 'usual_low': 0.0, 'usual_high': round(cheaper_fee_base, 2), 'unit': 'group_currency'
    },
    {
      'weight': 0.2, 'id': 'arrives_in_time',
      'values': json_object('arrival_days', arrival_days, 'due_on', due_on::varchar),
      'actual': arrival_days::double, 'usual_low': 0.0, 'usual_high': date_diff('day', leaves_on, due_on)::double,
      'unit': 'working_days'
    }
  ] as reasons,
  [] as evidence_keys,
  coalesce(executed_at, requested_at) as found_as_of
from best
