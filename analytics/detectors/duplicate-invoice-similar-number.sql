-- One row per invoice whose number differs from an earlier one of the same vendor and amount as typing and scanning errors do.
with invoice as (
  select
    *,
    count(*) over (
      partition by vendor_key, amount_gross, currency order by known_at, invoice_key
      rows between unbounded preceding and 1 preceding
    ) as same_amount_before
  from duplicate_candidate
  where is_comparable and length(number_normal) >= $least_length
),
pair as (
  select
    later.*,
    earlier.invoice_key as earlier_key,
    earlier.invoice_number as earlier_number,
    earlier.number_normal as earlier_normal,
    earlier.number_shape as earlier_shape,
    earlier.invoiced_on as earlier_invoiced_on,
    earlier.known_at as earlier_known_at,
    abs(date_diff('day', earlier.invoiced_on, later.invoiced_on)) as gap_days,
    length(later.number_normal) - length(earlier.number_normal) as longer_by
  from invoice as later
  join invoice as earlier
    on earlier.vendor_key = later.vendor_key
    and earlier.amount_gross = later.amount_gross
    and earlier.currency = later.currency
    and earlier.number_normal <> later.number_normal
    and (earlier.known_at, earlier.invoice_key) < (later.known_at, later.invoice_key)
  where coalesce(gap_days, 0) <= $window_days
    and later.same_amount_before <= 400
    and abs(longer_by) <= 3
),
typed as (
  select
    *,
    case
      when damerau_levenshtein(number_normal, earlier_normal) = 1
        and levenshtein(number_normal, earlier_normal) = 2 then 'transposed'
      when number_shape = earlier_shape then 'misread'
      when longer_by > 0
        and (starts_with(number_normal, earlier_normal) or ends_with(number_normal, earlier_normal)) then 'affix'
      when longer_by < 0
        and (starts_with(earlier_normal, number_normal) or ends_with(earlier_normal, number_normal)) then 'affix'
      when levenshtein(number_normal, earlier_normal) = 1 then 'one_character'
    end as difference,
    -- The next number of a series: same text before the last digits, which grow with the date.
    regexp_replace(number_normal, '[0-9]+$', '') = regexp_replace(earlier_normal, '[0-9]+$', '')
      and sign(
        try_cast(right(regexp_extract(number_normal, '[0-9]+$'), 15) as bigint)
        - try_cast(right(regexp_extract(earlier_normal, '[0-9]+$'), 15) as bigint)
      ) = sign(date_diff('day', earlier_invoiced_on, invoiced_on)) as follows_series
  from pair
),
-- Recurring amounts have numbers alike by nature: only differences that no series makes count there.
guarded as (
  select
    *,
    case difference when 'transposed' then 0.9 when 'misread' then 0.88 when 'affix' then 0.88 else 0.72 end
      + if(gap_days = 0, 0.07, 0)
      - 0.15 * coalesce(gap_days, 0) / $window_days
      - if(same_amount_before >= $recurring_count, 0.2, 0)
      - if(coalesce(follows_series, false) and difference = 'transposed', 0.1, 0) as suspicion
  from typed
  where difference is not null
    and not (difference in ('one_character', 'misread') and same_amount_before >= $recurring_count)
    and not (difference = 'one_character' and coalesce(follows_series, false))
),
standing as (
  select * from guarded
  where not exists (
    select 1 from duplicate_candidate as taken_back
    where taken_back.vendor_key = guarded.vendor_key
      and taken_back.known_at <= coalesce(guarded.requested_at, guarded.known_at)
      and (
        taken_back.reversal_of_key in (guarded.earlier_key, guarded.invoice_key)
        or (
          taken_back.reversal_of_key is null
          and taken_back.amount_gross = -guarded.amount_gross
          and taken_back.currency = guarded.currency
          and taken_back.known_at >= guarded.earlier_known_at
        )
      )
  )
),
strongest as (
  select *, list(earlier_key) over (partition by invoice_key) as earlier_keys
  from standing
  qualify row_number() over (partition by invoice_key order by suspicion desc, earlier_key) = 1
)
select
  vendor_key as partition_key,
  invoice_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  suspicion as score,
  amount_gross as amount_at_stake,
  currency,
  [
    {
      'weight': 0.6, 'id': 'number_' || difference,
      'values': json_object('number', invoice_number, 'earlier_number', earlier_number),
      'actual': levenshtein(number_normal, earlier_normal)::double, 'usual_low': null, 'usual_high': null,
      'unit': 'characters'
    },
    {
      'weight': 0.25, 'id': 'same_amount',
      'values': json_object(
        'invoice_amount', amount_gross::varchar, 'currency', currency,
        'earlier_on', coalesce(earlier_invoiced_on, earlier_known_at::date)::varchar
      ),
      'actual': same_amount_before::double, 'usual_low': 0.0, 'usual_high': 0.0, 'unit': 'count'
    },
    case when gap_days = 0 then {
      'weight': 0.15, 'id': 'same_invoice_date',
      'values': json_object('invoiced_on', invoiced_on::varchar),
      'actual': null, 'usual_low': null, 'usual_high': null, 'unit': ''
    } end
  ] as reasons,
  earlier_keys as evidence_keys,
  known_at as found_as_of
from strongest
where suspicion >= $least_score
