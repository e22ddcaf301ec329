-- One row per invoice whose number and amount another vendor had already sent.
with invoice as (
  select
    invoice_key, company_key, vendor_key, vendor_name, account_token, payment_request_key, invoice_number,
    number_normal, number_amount, currency, amount_gross, invoiced_on, compared_on, requested_at, known_at,
    taken_back_at
  from duplicate_candidate
  where is_comparable and not is_collective and length(number_normal) >= $least_length
    and amount_base >= $minimum_amount
),
repeated as (
  select number_amount from invoice group by all having min(vendor_key) < max(vendor_key)
),
sequenced as (
  select
    *,
    row_number() over (partition by number_amount order by known_at, invoice_key) - 1 as earlier_count
  from invoice
  semi join repeated on repeated.number_amount = invoice.number_amount
  -- A month or a day in place of a number says nothing about the document.
  where not regexp_matches(invoice_number, '^\D*(19|20)\d\d[-/. ]?(0[1-9]|1[0-2])([-/. ]?[0-3]\d)?$')
    and not regexp_matches(invoice_number, '^([0-3]\d[-/. ])?(0[1-9]|1[0-2])[-/. ](19|20)\d\d$')
),
pair as (
  select
    later.*,
    coalesce(later.requested_at, later.known_at) as decided_at,
    earlier.invoice_key as earlier_key,
    earlier.vendor_key as earlier_vendor_key,
    earlier.vendor_name as earlier_vendor_name,
    earlier.compared_on as earlier_on,
    earlier.known_at as earlier_known_at,
    earlier.taken_back_at as earlier_taken_back_at,
    coalesce(later.invoiced_on = earlier.invoiced_on, false) as is_same_date,
    abs(date_diff('day', earlier.compared_on, later.compared_on)) as gap_days,
    coalesce(jaro_winkler_similarity(lower(later.vendor_name), lower(earlier.vendor_name)), 0) as name_similarity,
    later.account_token = earlier.account_token as is_same_account,
    -- The day of the invoice written as a number (122910, 29122010) says nothing about the document.
    coalesce(list_contains(
      list_transform(
        [
          try_strptime(lpad(later.number_normal, 6, '0'), '%m%d%y'), try_strptime(lpad(later.number_normal, 6, '0'), '%d%m%y'),
          try_strptime(lpad(later.number_normal, 6, '0'), '%y%m%d'), try_strptime(lpad(later.number_normal, 8, '0'), '%m%d%Y'),
          try_strptime(lpad(later.number_normal, 8, '0'), '%d%m%Y'), try_strptime(lpad(later.number_normal, 8, '0'), '%Y%m%d')
        ],
        day -> abs(date_diff('day', day::date, later.compared_on)) <= 3
      ),
      true
    ), false) as is_dated
  from sequenced as later
  join sequenced as earlier
    on earlier.number_amount = later.number_amount
    and earlier.vendor_key <> later.vendor_key
    and earlier.earlier_count < later.earlier_count
  where later.earlier_count <= $most_count and gap_days <= $window_days and not is_dated
),
-- An earlier invoice booked to the wrong vendor is taken back and entered again under the right one.
standing as (
  select * from pair
  where coalesce(earlier_taken_back_at > decided_at, true) and coalesce(taken_back_at > decided_at, true)
),
best as (
  select
    *,
    0.55
      + if(is_same_date, 0.2, 0)
      + if(name_similarity >= $alike_similarity, 0.15, 0)
      + if(coalesce(is_same_account, false), 0.15, 0)
      + least(length(number_normal) - $least_length, 4) * 0.02
      + if(amount_gross % 100 <> 0, 0.04, 0)
      -- Known only by the day of booking, documents of one day may be parts of one.
      - if(invoiced_on is null and gap_days = 0, 0.1, 0)
      - 0.1 * gap_days / $window_days as suspicion,
    list(earlier_key) over (partition by invoice_key) as earlier_keys,
    count(*) over (partition by number_amount, invoice_key) as vendors_before
  from standing
  qualify row_number() over (partition by invoice_key order by suspicion desc, earlier_key) = 1
)
select
  number_amount as partition_key,
  invoice_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  suspicion as score,
  amount_gross as amount_at_stake,
  currency,
  [
    {
      'weight': 0.6, 'id': 'same_document_other_vendor',
      'values': json_object(
        'number', invoice_number, 'invoice_amount', amount_gross::varchar, 'currency', currency,
        'vendor_key', earlier_vendor_key::varchar, 'vendor_name', coalesce(earlier_vendor_name, ''),
        'earlier_on', earlier_on::varchar
      ),
      'actual': null, 'usual_low': null, 'usual_high': null, 'unit': ''
    },
    case when name_similarity >= $alike_similarity then {
      'weight': 0.2, 'id': 'vendor_names_alike',
      'values': json_object('vendor_name', vendor_name, 'other_vendor_name', earlier_vendor_name),
      'actual': round(name_similarity, 3), 'usual_low': 0.0, 'usual_high': $alike_similarity::double, 'unit': 'similarity'
    } end,
    case when is_same_account then {
      'weight': 0.2, 'id': 'same_account', 'values': json_object(),
      'actual': null, 'usual_low': null, 'usual_high': null, 'unit': ''
    } end,
    case when is_same_date then {
      'weight': 0.2, 'id': 'same_invoice_date',
      'values': json_object('invoiced_on', invoiced_on::varchar),
      'actual': null, 'usual_low': null, 'usual_high': null, 'unit': ''
    } end
  ] as reasons,
  earlier_keys as evidence_keys,
  known_at as found_as_of
from best
where vendors_before <= $reference_count and suspicion >= $least_score
