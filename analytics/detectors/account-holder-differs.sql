-- One row per first request to an account whose holder is not the vendor.
with named as (
  select
    change.vendor_key, change.account_token, change.changed_at, change.holder_name, vendor.name,
    list_transform(
      [change.holder_name, vendor.name],
      one -> regexp_replace(
        regexp_replace(
          lower(strip_accents(one)),
          '\b(gmbh ?(&|and) ?co\.? ?kg|gmbh|b\.? ?v\.?|n\.? ?v\.?|inc\.?|llc|corp\.?|ltd\.?|limited|co\.?|ag|kg|s\.?a\.?|plc)(\s|,|$)|股份有限公司|有限责任公司|有限公司',
          ' ', 'g'
        ),
        '[^\p{L}\p{N}]', '', 'g'
      )
    ) as normal,
    jaro_winkler_similarity(normal[1], normal[2]) as name_similarity
  from bank_account_change as change
  join vendor on vendor.vendor_key = change.vendor_key
  where change.holder_name is not null and not coalesce(vendor.one_time, false)
),
differing as (
  select * from named
  where name_similarity < $alike_similarity
    and not contains(normal[1], normal[2]) and not contains(normal[2], normal[1])
    and regexp_matches(normal[1], '[\p{Han}]') = regexp_matches(normal[2], '[\p{Han}]')
  qualify row_number() over (partition by vendor_key, normal[1] order by changed_at, account_token) = 1
),
request as (
  select
    request.*, differing.holder_name, differing.name_similarity,
    0.6 + 0.35 * (1 - name_similarity / $alike_similarity) as score
  from payment_flow as request
  join differing
    on differing.vendor_key = request.vendor_key
    and differing.account_token = request.account_token
    and differing.changed_at <= request.requested_at
  qualify row_number() over (
    partition by request.vendor_key, request.account_token order by request.requested_at, request.payment_request_key
  ) = 1
)
select
  vendor_key as partition_key,
  payment_request_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  score,
  amount as amount_at_stake,
  currency,
  [
    {
      'weight': 1.0, 'id': 'holder_is_not_vendor',
      'values': json_object('holder_name', holder_name, 'vendor_name', coalesce(vendor_name, '')),
      'actual': round(name_similarity, 3), 'usual_low': $alike_similarity::double, 'usual_high': 1.0, 'unit': 'similarity'
    }
  ] as reasons,
  [] as evidence_keys,
  requested_at as found_as_of
from request
where amount_base >= $minimum_amount
