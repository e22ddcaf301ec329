-- Where incidents and their benign twins go: one row per instance ("place").
create macro person_id(company, role_no, place) as
  'U' || (company * 10000 + role_no * 700 + place)::varchar;

create macro service_id(company, service) as service || '-' || (company * 1000)::varchar;

create macro limit_level(amount, limit_factor) as (
  case when amount <= 5000 * limit_factor then 1 when amount <= 25000 * limit_factor then 2
    when amount <= 100000 * limit_factor then 3 else 4 end
);

create table kind as
select * from (values
  -- number, kind, members of an instance, first day, can be open today
  (1, 'duplicate_exact', 1, 150, true), (2, 'duplicate_number_typo', 1, 150, true),
  (3, 'duplicate_affix', 1, 150, true), (4, 'duplicate_other_vendor', 1, 150, true),
  (5, 'duplicate_amount_transposed', 1, 150, true), (6, 'bank_change_before_payment', 1, 240, true),
  (7, 'bank_flip_flop', 1, 240, false), (8, 'split_below_limit', 4, 240, true),
  (9, 'just_below_limit', 6, 240, true), (10, 'self_approval', 1, 150, true),
  (11, 'segregation_of_duties', 1, 240, true), (12, 'approval_after_payment', 1, 150, true),
  (13, 'approver_over_limit', 1, 150, true), (14, 'lookalike_vendor', 1, 240, true),
  (15, 'vendor_shares_employee_account', 1, 150, true), (16, 'new_vendor_large_payment', 1, 150, true),
  (17, 'dormant_vendor', 1, 500, true), (18, 'decimal_slip', 1, 320, true),
  (19, 'unusual_amount', 1, 320, true), (20, 'off_hours_approval', 1, 240, true),
  (21, 'rubber_stamp', 12, 240, true), (22, 'missed_discount', 1, 150, false),
  (23, 'wrong_channel', 1, 150, true), (24, 'settlement_differs', 1, 150, false),
  (25, 'urgent_outside_run', 1, 150, false), (26, 'waiting_for_run', 1, 150, false)
) as t(kind_no, kind, members, first_day, may_be_open);

-- `moment` is that of the request, local to the company. The first incident and the first two
-- twins of a kind are open today.
create table place as
with instance as (
  select *, unnest([false, true]) as twin from kind
),
counted as (
  select *, if(twin, ceil(1.6 * getvariable('per_kind')), getvariable('per_kind'))::bigint as instances from instance
),
numbered as (
  select *, unnest(range(instances)) as j from counted
),
keyed as (
  select *,
    1000000000000 + kind_no * 10000000000 + if(twin, 5000000000, 0) + j * 10000 as k
  from numbered
),
housed as (
  select *,
    -- Five kinds have a second one.
    may_be_open and j < if(twin or kind_no in (1, 6, 8, 13, 16), 2, 1) as is_open,
    case when u('place company', k) < 0.5 then 1 when u('place company', k) < 0.78 then 2 else 3 end as company_no
  from keyed
)
select
  k, kind_no, kind, members, twin, j, is_open, company_no as company, company.code, company.currency,
  company.limit_factor, company.money_factor,
  to_second(working(case
    when is_open then timestamp '2026-11-17 09:00' + days(1.3 * u('moment', k))
    else getvariable('start') + days(first_day + (730 - 45 - first_day) * (j + u('moment', k)) / instances)
  end)) as moment,
  row_number() over (partition by company_no, kind_no order by k) as place_in_company
from housed join company on company.company = company_no;

-- An ordinary vendor of the same company for each place, and its latest invoice some days before.
create table host as
with documented as (
  select distinct vendor_k from invoice_plan
  where received < getvariable('start') + to_days(130) and amount between 300 and 60000
    and document_type = 'invoice' and path <> 'debit' and length(invoice_number) >= 6
),
candidate as (
  select k as vendor_k, company, class, median, n,
    row_number() over (partition by company order by u('host', k), k) as position,
    count(*) over (partition by company) as candidates,
    row_number() over (partition by company order by n desc, k) as by_size
  from vendor semi join documented on documented.vendor_k = vendor.k
  where class in ('goods', 'services') and n >= 12
),
chosen as (
  select place.k as place_k, place.moment, place.limit_factor, candidate.*
  from place join candidate on candidate.company = place.company
    and candidate.position = 1 + (place.place_in_company * 7 + place.kind_no * 3 - 1) % candidate.candidates
  where kind <> 'lookalike_vendor'
  union all
  select place.k, place.moment, place.limit_factor, candidate.*
  from place join candidate on candidate.company = place.company
    and candidate.by_size = 1 + (place.place_in_company - 1) % least(candidate.candidates, 60)
  where kind = 'lookalike_vendor'
)
select
  place_k, chosen.vendor_k, any_value(chosen.median) as median, any_value(chosen.class) as class,
  max(invoice_plan.k) as invoice_k,
  arg_max(amount, invoice_plan.k) as amount,
  arg_max(invoice_number, invoice_plan.k) as invoice_number,
  arg_max(invoiced_on, invoice_plan.k) as invoiced_on,
  arg_max(i, invoice_plan.k) as i
from chosen join invoice_plan on invoice_plan.vendor_k = chosen.vendor_k
where invoice_plan.received < chosen.moment - to_days(14) and amount between 300 and 60000 * limit_factor
  and document_type = 'invoice' and path <> 'debit' and length(invoice_number) >= 6
group by place_k, chosen.vendor_k;

create table place_host as
select place.*, host.vendor_k, host.median, host.class, host.invoice_k as host_k, host.amount as host_amount,
  host.invoice_number as host_number, host.invoiced_on as host_invoiced_on, host.i as host_i,
  least(20000 * limit_factor, greatest(320, host.median * exp(0.2 * z('usual', place.k))))::decimal(18, 2) as usual_amount
from place left join host on host.place_k = place.k;

-- Subjects of the answer key: the planted document `k` and how its subject is named.
create table answer (place_k bigint, subject varchar, plan_k bigint);
