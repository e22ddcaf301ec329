-- One row per invoice whose number and amount another vendor had already sent.
with invoice as (
  select
    invoice_key, company_key, vendor_key, vendor_name, account_token, payment_request_key, invoice_number,
    number_normal, number_amount, currency, amount_gross, invoiced_on, compared_on, requested_at, known_at,
    reversed_at
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
    earlier.reversed_at as earlier_reversed_at,
    coalesce(later.invoiced_on = earlier.invoiced_on, false) as is_same_date,
    abs(date_diff('day', earlier.compared_on, later.compared_on)) as gap_days,
    coalesce(jaro_winkler_similarity(lower(later.vendor_name), lower(earlier.vendor_name)), 0) as name_similarity,
    later.account_token = earlier.account_token as is_same_account
  from sequenced as later
  join sequenced as earlier
    on earlier.number_amount = later.number_amount
    and earlier.vendor_key <> later.vendor_key
    and earlier.earlier_count < later.earlier_count
  where later.earlier_count <= $most_count and gap_days <= $window_days
),
credit as (
  select vendor_key, number_amount, known_at
  from duplicate_candidate
  where amount_gross < 0 and reversal_of_key is null
),
-- An earlier invoice booked to the wrong vendor is taken back and entered again under the right one.
standing as (
  select pair.*
  from pair
  anti join credit
    on credit.vendor_key = pair.earlier_vendor_key
    and credit.number_amount = pair.number_amount
    and credit.known_at >= pair.earlier_known_at
    and credit.known_at <= pair.decided_at
  where coalesce(earlier_reversed_at > decided_at, true) and coalesce(reversed_at > decided_at, true)
),
best as (
  select
    *,
    0.5
      + if(is_same_date, 0.25, if(gap_days <= 7, 0.1, 0))
      + if(name_similarity >= $alike_similarity, 0.15, 0)
      + if(coalesce(is_same_account, false), 0.15, 0)
      + least(length(number_normal) - $least_length, 4) * 0.02
      + if(amount_gross % 100 <> 0, 0.04, 0)
      - 0.15 * gap_days / $window_days as suspicion,
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
