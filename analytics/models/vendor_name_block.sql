-- One row per vendor and form of its name with one character left out: names one slip apart share a form.
-- key: vendor_key
-- touched by: vendor.vendor_key, payment_flow.vendor_key
-- name_normal   letters and digits without accents and legal form, look-alike letters made equal
-- block         the name with one character left out, or the whole name
with stripped as (
  select
    vendor_key, name, country, tax_id, email_domain, category, created_at, one_time,
    regexp_replace(
      lower(strip_accents(name)),
      '\b(gmbh ?(&|and) ?co\.? ?kg|gmbh|b\.? ?v\.?|n\.? ?v\.?|inc\.?|llc|corp\.?|ltd\.?|limited|co\.?|ag|kg|s\.?a\.?|plc)(\s|,|$)|股份有限公司|有限责任公司|有限公司',
      ' ', 'g'
    ) as name_stripped
  from vendor
),
named as (
  select
    * exclude (name_stripped),
    replace(replace(
      translate(regexp_replace(name_stripped, '[^\p{L}\p{N}]', '', 'g'), '015', 'ols'), 'rn', 'm'
    ), 'vv', 'w') as name_normal
  from stripped
),
form as (
  select
    *,
    unnest(list_distinct(list_prepend(name_normal, list_transform(
      range(1, length(name_normal) + 1), place -> left(name_normal, place - 1) || substr(name_normal, place + 1)
    )))) as block
  from named
  where length(name_normal) >= 4
),
first_request as (
  select
    vendor_key,
    arg_min(payment_request_key, (requested_at, payment_request_key)) as payment_request_key,
    arg_min(company_key, (requested_at, payment_request_key)) as company_key,
    arg_min(amount, (requested_at, payment_request_key)) as amount,
    arg_min(currency, (requested_at, payment_request_key)) as currency,
    min(requested_at) as requested_at
  from payment_flow
  group by vendor_key
)
select
  form.block,
  form.vendor_key,
  form.name,
  form.name_normal,
  form.country,
  form.tax_id,
  form.email_domain,
  form.category,
  form.created_at,
  form.one_time,
  first_request.payment_request_key,
  first_request.company_key,
  first_request.amount,
  first_request.currency,
  first_request.requested_at
from form
left join first_request on first_request.vendor_key = form.vendor_key
