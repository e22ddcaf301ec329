-- One row per request with a word in its text that asks for a second look.
with worded as (
  select
    *,
    lower(regexp_extract(
      description,
      '(?i)\b(gifts?|facilitation|kick-?backs?|bribes?|grease|under the table|off the books|confidential|do not (ask|tell|discuss)|as agreed verbally|per (the )?c[ef]o|cash payment|bitcoin|gift ?cards?|schmiergeld|bestechung|auf anweisung|geschenk(e|korb)?|smeergeld|steekpenningen|pot-de-vin|soborno)\b|贿|回扣|好处费|礼金|礼品卡|保密|领导要求|老板要求'
    )) as word
  from payment_flow
  where description is not null and amount > 0
),
-- Only the requests of vendors with such a word are put in order.
asked as (
  select distinct vendor_key
  from worded
  where requested_at >= $since::timestamp and amount_base >= $minimum_amount and word <> ''
),
counted as (
  select
    *,
    row_number() over (partition by vendor_key order by requested_at, payment_request_key) - 1 as earlier_count,
    count(*) filter (word <> '') over (
      partition by vendor_key order by requested_at, payment_request_key
      rows between unbounded preceding and 1 preceding
    ) as worded_count
  from worded
  semi join asked on asked.vendor_key = worded.vendor_key
)
select
  vendor_key as partition_key,
  payment_request_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  0.6 + 0.2 / (1 + worded_count) as score,
  amount as amount_at_stake,
  currency,
  [
    {
      'weight': 1.0, 'id': 'suspicious_word',
      'values': json_object('word', word),
      'actual': null, 'usual_low': null, 'usual_high': null, 'unit': ''
    }
  ] as reasons,
  [] as evidence_keys,
  requested_at as found_as_of
from counted
where word <> '' and amount_base >= $minimum_amount
  and not contains(lower(coalesce(vendor_name, '')), word) and not contains(lower(coalesce(category, '')), word)
  and worded_count <= $usual_rate * (earlier_count + 1)
