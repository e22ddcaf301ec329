-- One row per invoice whose number and amount another vendor had already sent.
with invoice as (
  select * from duplicate_candidate
  where is_comparable and length(number_normal) >= $least_length and amount_base >= $minimum_amount
    -- A month or a day in place of a number says nothing about the document.
    and not regexp_matches(invoice_number, '^\D*(19|20)\d\d[-/. ]?(0[1-9]|1[0-2])([-/. ]?[0-3]\d)?$')
    and not regexp_matches(invoice_number, '^([0-3]\d[-/. ])?(0[1-9]|1[0-2])[-/. ](19|20)\d\d$')
),
pair as (
  select
    later.*,
    earlier.invoice_key as earlier_key,
    earlier.vendor_key as earlier_vendor_key,
    earlier.vendor_name as earlier_vendor_name,
    earlier.invoiced_on as earlier_invoiced_on,
    earlier.known_at as earlier_known_at,
    abs(date_diff('day', earlier.invoiced_on, later.invoiced_on)) as gap_days,
    coalesce(jaro_winkler_similarity(lower(later.vendor_name), lower(earlier.vendor_name)), 0) as name_similarity,
    later.account_token = earlier.account_token as is_same_account
  from invoice as later
  join invoice as earlier
    on earlier.number_amount = later.number_amount
    and earlier.vendor_key <> later.vendor_key
    and (earlier.known_at, earlier.invoice_key) < (later.known_at, later.invoice_key)
  -- An earlier invoice booked to the wrong vendor is taken back and entered again under the right one.
  where not earlier.is_reversed and not later.is_reversed and coalesce(gap_days, 0) <= $window_days
),
best as (
  select
    *,
    0.5
      + if(gap_days = 0, 0.25, if(gap_days <= 7, 0.1, 0))
      + if(name_similarity >= $alike_similarity, 0.15, 0)
      + if(coalesce(is_same_account, false), 0.15, 0)
      + least(length(number_normal) - $least_length, 4) * 0.02
      + if(amount_gross % 100 <> 0, 0.04, 0)
      - 0.15 * coalesce(gap_days, 0) / $window_days as suspicion,
    list(earlier_key) over (partition by invoice_key) as earlier_keys,
    count(*) over (partition by number_amount, invoice_key) as vendors_before
  from pair
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
        'earlier_on', coalesce(earlier_invoiced_on, earlier_known_at::date)::varchar
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
    case when gap_days = 0 then {
      'weight': 0.2, 'id': 'same_invoice_date',
      'values': json_object('invoiced_on', invoiced_on::varchar),
      'actual': null, 'usual_low': null, 'usual_high': null, 'unit': ''
    } end
  ] as reasons,
  earlier_keys as evidence_keys,
  known_at as found_as_of
from best
where vendors_before <= $reference_count and suspicion >= $least_score
