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
paid as (
  select
    flow.*,
    flow.executed_at::date as executed_on,
    flow.amount_base / nullif(flow.amount, 0) as request_rate,
    vendor.channel as agreed_channel,
    list(flow.executed_channel) over (
      partition by flow.vendor_key order by flow.executed_at, flow.payment_request_key
      rows between unbounded preceding and 1 preceding
    ) as channels_before
  from payment_flow as flow
  left join vendor on vendor.vendor_key = flow.vendor_key
  where flow.executed_at is not null and flow.executed_amount > 0
),
alternative as (
  select
    paid.*,
    tariff.channel as cheaper_channel,
    tariff.arrival_days,
    (tariff.fixed_fee::double + tariff.fee_rate * paid.executed_amount::double) * paid.request_rate as cheaper_fee_base,
    paid.fee_base::double - cheaper_fee_base as saving_base
  from paid
  join tariff
    on tariff.currency = paid.executed_currency
    and tariff.channel <> paid.executed_channel
    and tariff.valid_from_on <= paid.executed_on
    and (tariff.channel = paid.agreed_channel or list_contains(paid.channels_before, tariff.channel))
    and coalesce(paid.executed_amount <= tariff.amount_limit, true)
  where paid.fee_base is not null
  qualify row_number() over (
    partition by paid.payment_request_key, tariff.channel order by tariff.valid_from_on desc
  ) = 1
),
in_time as (
  select
    alternative.*,
    coalesce(actual.arrival_days, 0) as actual_arrival_days
  from alternative
  left join (
    select channel, currency, min(arrival_days) as arrival_days from tariff group by channel, currency
  ) as actual
    on actual.channel = alternative.executed_channel and actual.currency = alternative.executed_currency
  -- Same arrival, or in time for the due date with the weekends counted in.
  where alternative.arrival_days <= actual_arrival_days
    or date_diff('day', executed_on, due_on) >= alternative.arrival_days * 7 / 5.0 + 1
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
  if(cheaper_channel = agreed_channel, 1, 0.7) * saving_base / fee_base::double as score,
  saving_base / request_rate as amount_at_stake,
  currency,
  [
    {
      'weight': 0.8, 'id': if(cheaper_channel = agreed_channel, 'agreed_channel_cheaper', 'used_channel_cheaper'),
      'values': json_object(
        'channel', executed_channel, 'cheaper_channel', cheaper_channel,
        'fee_amount', round(fee_base / request_rate, 2)::decimal(18, 2)::varchar,
        'cheaper_fee_amount', round(cheaper_fee_base / request_rate, 2)::decimal(18, 2)::varchar, 'currency', currency
      ),
      'actual': fee_base::double, 'usual_low': 0.0, 'usual_high': round(cheaper_fee_base, 2), 'unit': 'group_currency'
    },
    {
      'weight': 0.2, 'id': 'arrives_in_time',
      'values': json_object('arrival_days', arrival_days, 'due_on', due_on::varchar),
      'actual': arrival_days::double, 'usual_low': 0.0, 'usual_high': date_diff('day', executed_on, due_on)::double,
      'unit': 'working_days'
    }
  ] as reasons,
  [] as evidence_keys,
  executed_at as found_as_of
from best
