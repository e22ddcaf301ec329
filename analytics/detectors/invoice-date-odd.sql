-- One row per invoice with a date that cannot or should not be.
with dated as (
  select
    invoice.*,
    case
      when invoice.invoiced_on > invoice.known_at::date + $future_days::integer then 'date_in_future'
      when invoice.invoiced_on < invoice.known_at::date - $old_days::integer then 'date_long_ago'
      when invoice.invoiced_on < vendor.created_at::date - $before_vendor_days::integer then 'date_before_vendor'
    end as oddity
  from standing_invoice as invoice
  left join vendor on vendor.vendor_key = invoice.vendor_key
  where invoice.invoiced_on is not null
),
asked as (
  select
    vendor_key,
    count(*) filter (known_at < $since::timestamp) as past_count,
    count(oddity) filter (known_at < $since::timestamp) as past_odd_count
  from dated
  group by vendor_key
  having bool_or(known_at >= $since::timestamp and oddity is not null and amount_base >= $minimum_amount)
),
counted as (
  select
    dated.*,
    past_count + row_number() over vendor_order - 1 as earlier_count,
    past_odd_count + count(oddity) over vendor_order - (oddity is not null)::integer as odd_count
  from dated
  join asked on asked.vendor_key = dated.vendor_key
  where known_at >= $since::timestamp
  window vendor_order as (
    partition by dated.vendor_key order by known_at, invoice_key rows between unbounded preceding and current row
  )
),
odd as (
  select *, (odd_count + 0.1) / (earlier_count + 5) as odd_rate
  from counted
  where oddity is not null and amount_base >= $minimum_amount and odd_rate <= $most_rate
)
select
  vendor_key as partition_key,
  invoice_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  case oddity when 'date_in_future' then 0.75 when 'date_before_vendor' then 0.65 else 0.6 end - 2 * odd_rate as score,
  amount_gross as amount_at_stake,
  currency,
  [
    {
      'weight': 1.0, 'id': case oddity when 'date_in_future' then 'date_in_future' when 'date_long_ago' then 'date_long_ago' else 'date_before_vendor' end,
      'values': json_object('invoiced_on', invoiced_on::varchar, 'known_at', known_at::varchar),
      'actual': date_diff('day', invoiced_on, known_at::date)::double, 'usual_low': 0.0, 'usual_high': $old_days::double, 'unit': 'days'
    }
  ] as reasons,
  [] as evidence_keys,
  known_at as found_as_of
from odd
