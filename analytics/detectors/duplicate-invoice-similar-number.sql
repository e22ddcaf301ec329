-- One row per invoice whose number differs from an earlier one of the same vendor and amount as typing and scanning errors do.
with invoice as (
  select
    invoice_key, company_key, vendor_key, payment_request_key, invoice_number, number_normal, currency,
    amount_gross, invoiced_on, compared_on, requested_at, known_at, taken_back_at,
    -- INV00123 and 00123 are one number: up to three letters before it, and zeros, say nothing.
    ltrim(regexp_replace(number_normal, '^[A-Z]{1,3}', ''), '0') as number_bare
  from duplicate_candidate
  where is_comparable and not is_collective and length(number_normal) >= $least_length
),
asked as (
  select distinct vendor_key, amount_gross, currency from invoice where known_at >= $since::timestamp
),
repeated as (
  select vendor_key, amount_gross, currency, count(*) as amount_count
  from invoice
  semi join asked
    on asked.vendor_key = invoice.vendor_key
    and asked.amount_gross = invoice.amount_gross
    and asked.currency = invoice.currency
  group by all
  having min(number_normal) < max(number_normal)
),
sequenced as (
  select
    invoice.*,
    repeated.amount_count,
    row_number() over (
      partition by invoice.vendor_key, invoice.amount_gross, invoice.currency order by known_at, invoice_key
    ) - 1 as same_amount_before
  from invoice
  join repeated
    on repeated.vendor_key = invoice.vendor_key
    and repeated.amount_gross = invoice.amount_gross
    and repeated.currency = invoice.currency
),
-- Which two are compared, found by equality so that an amount billed a thousand times costs no
-- million of pairs. Few of the amount: each with each, for any difference.
few as (
  select later.invoice_key, earlier.invoice_key as earlier_key
  from sequenced as later
  join sequenced as earlier
    on earlier.vendor_key = later.vendor_key
    and earlier.amount_gross = later.amount_gross
    and earlier.currency = later.currency
    and earlier.same_amount_before < later.same_amount_before
  where later.known_at >= $since::timestamp
    and later.same_amount_before < $recurring_count and earlier.same_amount_before < $recurring_count
),
-- Many of the amount: the same characters in another order, or one number within the other.
many as (
  select *, list_sort(string_split(number_normal, '')) as number_letters
  from sequenced
  where amount_count > $recurring_count and same_amount_before <= $most_count
),
swapped as (
  select later.invoice_key, earlier.invoice_key as earlier_key
  from many as later
  join many as earlier
    on earlier.vendor_key = later.vendor_key
    and earlier.amount_gross = later.amount_gross
    and earlier.currency = later.currency
    and earlier.number_letters = later.number_letters
    and earlier.same_amount_before < later.same_amount_before
  where later.same_amount_before >= $recurring_count
),
shortened as (
  select
    invoice_key, vendor_key, amount_gross, currency, same_amount_before,
    unnest(list_distinct(flatten(list_transform(
      [1, 2, 3], left_out -> [left(number_normal, -left_out), substr(number_normal, 1 + left_out)]
    )) || [number_bare])) as short_number
  from many
),
within_other as (
  select
    if(long.same_amount_before > short.same_amount_before, long.invoice_key, short.invoice_key) as invoice_key,
    if(long.same_amount_before > short.same_amount_before, short.invoice_key, long.invoice_key) as earlier_key
  from shortened as long
  join many as short
    on short.vendor_key = long.vendor_key
    and short.amount_gross = long.amount_gross
    and short.currency = long.currency
    and short.number_normal = long.short_number
  where greatest(long.same_amount_before, short.same_amount_before) >= $recurring_count
),
compared as (
  select * from few
  union
  select * from swapped
  union
  select * from within_other
),
pair as (
  select
    later.*,
    coalesce(later.requested_at, later.known_at) as decided_at,
    earlier.invoice_key as earlier_key,
    earlier.invoice_number as earlier_number,
    earlier.number_normal as earlier_normal,
    earlier.number_bare as earlier_bare,
    earlier.compared_on as earlier_on,
    earlier.known_at as earlier_known_at,
    earlier.taken_back_at as earlier_taken_back_at,
    coalesce(later.invoiced_on = earlier.invoiced_on, false) as is_same_date,
    abs(date_diff('day', earlier.compared_on, later.compared_on)) as gap_days
  from compared
  join sequenced as later on later.invoice_key = compared.invoice_key
  join sequenced as earlier on earlier.invoice_key = compared.earlier_key
  where later.known_at >= $since::timestamp
    and earlier.number_normal <> later.number_normal
    and (abs(length(later.number_normal) - length(earlier.number_normal)) <= 3 or later.number_bare = earlier.number_bare)
    and gap_days <= $window_days
),
typed as (
  select
    *,
    length(number_normal) - length(earlier_normal) as longer_by,
    case
      when damerau_levenshtein(number_normal, earlier_normal) = 1
        and levenshtein(number_normal, earlier_normal) = 2 then 'transposed'
      when translate(number_normal, 'OQDILBSZG', '000118526') = translate(earlier_normal, 'OQDILBSZG', '000118526') then 'misread'
      when number_bare = earlier_bare and length(number_bare) >= $least_length then 'affix'
      when longer_by > 0
        and (starts_with(number_normal, earlier_normal) or ends_with(number_normal, earlier_normal)) then 'affix'
      when longer_by < 0
        and (starts_with(earlier_normal, number_normal) or ends_with(earlier_normal, number_normal)) then 'affix'
      when levenshtein(number_normal, earlier_normal) = 1 then 'one_character'
    end as difference,
    -- The next number of a series: same text around the last digits, which grow with the date.
    regexp_extract(number_normal, '^(.*?)([0-9]*)([^0-9]*)$', ['before', 'digits', 'after']) as series,
    regexp_extract(earlier_normal, '^(.*?)([0-9]*)([^0-9]*)$', ['before', 'digits', 'after']) as earlier_series,
    try_cast(right(series['digits'], 15) as bigint) - try_cast(right(earlier_series['digits'], 15) as bigint) as series_step,
    series['before'] = earlier_series['before'] and series['after'] = earlier_series['after']
      -- The next numbers of a series differ in their last digits: lower ones equal under a changed one are a slip.
      and abs(series_step) < if(difference = 'transposed', 100, 10)
      and (invoiced_on is null or gap_days = 0 or sign(series_step) = sign(date_diff('day', earlier_on, compared_on)))
      as follows_series
  from pair
),
alike as (
  select
    *,
    -- Numbers made of their own day or month (122910, 030100) differ as the days do.
    list_contains(
      list_transform(
        [
          try_strptime(lpad(number_normal, 6, '0'), '%m%d%y'), try_strptime(lpad(number_normal, 6, '0'), '%d%m%y'),
          try_strptime(lpad(number_normal, 6, '0'), '%y%m%d'), try_strptime(left(lpad(number_normal, 6, '0'), 4), '%m%d')
            + to_years((year(compared_on) - 1900)::integer)
        ],
        day -> abs(date_diff('day', day::date, compared_on)) <= 3
      ),
      true
    ) as is_dated,
    -- A letter in place of another counts parts (-A, -B); only digits are mistyped for each other.
    regexp_replace(number_normal, '[A-Z]', '', 'g') = regexp_replace(earlier_normal, '[A-Z]', '', 'g')
      and length(number_normal) = length(earlier_normal) as differs_in_letters
  from typed
  where difference is not null
),
-- Recurring amounts have numbers alike by nature: only differences that no series makes count there.
guarded as (
  select
    *,
    case difference when 'transposed' then 0.9 when 'misread' then 0.88 when 'affix' then 0.88 else 0.72 end
      + if(is_same_date, 0.07, 0)
      - 0.15 * gap_days / $window_days
      - if(same_amount_before >= $recurring_count, 0.2, 0)
      - if(coalesce(follows_series, false) and difference = 'transposed', 0.05, 0) as suspicion
  from alike
  where not (difference in ('one_character', 'misread') and same_amount_before >= $recurring_count)
    and not (difference = 'one_character' and (coalesce(follows_series, false) or differs_in_letters))
    -- Known only by the day of booking, documents of one day are one delivery.
    and not (difference = 'one_character' and invoiced_on is null and gap_days = 0)
    and not (difference in ('one_character', 'transposed') and coalesce(is_dated, false))
    and not (difference = 'transposed' and coalesce(follows_series, false) and same_amount_before >= 5 * $recurring_count)
),
-- Netting first: an invoice taken back before the other was asked to be paid is no duplicate.
standing as (
  select * from guarded
  where coalesce(earlier_taken_back_at > decided_at, true) and coalesce(taken_back_at > decided_at, true)
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
        'earlier_on', earlier_on::varchar
      ),
      'actual': same_amount_before::double, 'usual_low': 0.0, 'usual_high': 0.0, 'unit': 'count'
    },
    case when is_same_date then {
      'weight': 0.15, 'id': 'same_invoice_date',
      'values': json_object('invoiced_on', invoiced_on::varchar),
      'actual': null, 'usual_low': null, 'usual_high': null, 'unit': ''
    } end
  ] as reasons,
  earlier_keys as evidence_keys,
  known_at as found_as_of
from strongest
where suspicion >= $least_score
