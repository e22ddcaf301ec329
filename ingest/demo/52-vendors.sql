-- Incidents told by the vendor master: own vendors with a short ordinary history.
create table story as
select *, if(company = 1, 'NL', if(company = 2, 'US', 'CN')) as country,
  if(company = 1, 'sepa_credit_transfer', if(company = 2, 'ach', 'cn_domestic')) as channel,
  exp(7.1 + 0.5 * z('story', k)) * money_factor as typical,
  case kind_no when 6 then 6 when 7 then 6 when 8 then 5 when 11 then 4 when 18 then 9 when 19 then 10 when 22 then 4 when 23 then 4 else 0 end as past
from place
where kind_no in (6, 7, 8, 9, 11, 14, 15, 16, 17, 18, 19, 22) or (kind_no = 23 and twin and j % 2 = 1);

insert into vendor by name
select
  story.k, story.company, 'services' as class, past + members as n,
  if(kind_no = 23, 'GB', story.country) as country,
  case
    when kind_no = 14 and twin then regexp_replace(vendor_name(host.vendor_k, story.company, 'services'), '(有限公司| (B\.V\.|GmbH|N\.V\.|GmbH & Co\. KG|Inc\.|LLC|Corp\.))$', if(story.company = 3, '服务有限公司', ' Services\1'))
    -- One slip: a letter too many, one too few, two exchanged, one replaced.
    when kind_no = 14 then (
      select case j % 4 when 0 then n[:4] || n[4] || n[5:] when 1 then n[:3] || n[5:] when 2 then n[:3] || n[5] || n[4] || n[6:] else n[:3] || if(n[4] = 'n', 'm', 'n') || n[5:] end
      from (select vendor_name(host.vendor_k, story.company, 'services') as n)
    )
    when kind_no = 15 and twin then person.name
  end as name,
  if(kind_no = 14 and twin, 'T' || host.vendor_k::varchar, null) as tax_id,
  case when kind_no = 15 and twin then 'Employee expenses' when kind_no = 9 and twin then 'Software subscription'
    when kind_no = 17 and twin then 'Membership fees'
    else pick(['Consulting','IT services','Marketing','Maintenance','Tools'], 'category', story.k) end as category,
  30 as terms_days,
  case when kind_no = 22 and not twin then 0.03 when kind_no = 22 and j % 2 = 0 then 0.0025 when kind_no = 22 then 0.02 end as discount_rate,
  10 as discount_days,
  if(kind_no = 23, 'wire', story.channel) as channel, typical as median,
  case
    when kind_no = 16 then moment - days(if(not twin and j % 4 = 3, 26, 11)) when kind_no = 14 and not twin then moment - days(24) when kind_no = 15 then moment - days(90)
    when kind_no = 17 then getvariable('start') - days(800) when kind_no = 11 and j % 2 = 0 then moment - days(200)
    else moment - days(700 + 600 * u('age', story.k)) end as created_at,
  case when kind_no = 11 and j % 2 = 0 then if(twin, service_id(story.company, 'VENDOR-PORTAL'), person_id(story.company, 2, whole('clerk', story.k, 6))) end as created_by,
  true as planted
from story
left join host on host.place_k = story.k
left join person on person.user_id = person_id(story.company, 1, (j + if(twin, 10, 0)) % 30);

-- Ordinary history before the incident.
insert into invoice_plan by name
select
  k + 100 + h as k, company, k as vendor_k, 'services' as class,
  (typical * exp(if(kind_no in (18, 19), 0.12, 0.3) * z('past amount', k + h)))::decimal(18, 2) as amount,
  working(requested - interval '3 days') as received, (requested - interval '6 days')::date as invoiced_on,
  30 as terms_days, number_text(k, first_number(k) + (past - h) * 9 + whole('gap', k + h, 8), year(requested)) as invoice_number,
  'invoice' as document_type, u('past order', k + h) < 0.5 as has_order, 'scripted' as path, requested,
  (case when kind_no = 22 and not twin then 0.03 end)::decimal(18, 4) as discount_rate, 10 as discount_days
from (
  select *, working(moment - days(25 + 31 * h + 8 * u('past', k + h))) as requested from story, lateral (select unnest(range(past)) as h)
) where requested > getvariable('start') + interval '7 days';

-- Dormant vendors: four invoices in the first months, then nothing. The twin's fee comes once a year.
insert into invoice_plan by name
select
  k + 100 + h as k, company, k as vendor_k, 'services' as class,
  case when twin then round(typical * (0.84 + 0.14 * u('earlier fee', k)), 2) else typical * exp(0.3 * z('past amount', k + h)) end::decimal(18, 2) as amount,
  working(requested - interval '3 days') as received, (requested - interval '6 days')::date as invoiced_on,
  30 as terms_days, number_text(k, first_number(k) + (4 - h) * 9, year(requested)) as invoice_number,
  'invoice' as document_type, false as has_order, 'scripted' as path, requested
from (
  select *, working(case when twin then moment - days(366 * (h + 1) + 14 * (u('fee day', k) - 0.5)) else getvariable('start') + days(8 + 24 * h + 8 * u('past', k + h)) end) as requested
  from story, range(4) as past_invoices(h) where kind_no = 17
) where requested > getvariable('start') + interval '7 days';

-- The incident itself, member by member.
insert into invoice_plan by name
select
  k + 1 + member as k, company, k as vendor_k, 'services' as class,
  case
    when kind_no = 8 then (0.62 + 0.33 * u('part', k + member)) * 5000 * limit_factor
    when kind_no = 9 and twin then 4990 * limit_factor
    when kind_no = 9 then (0.955 + 0.042 * u('part', k + member)) * 5000 * limit_factor
    when kind_no = 15 and twin then (60 + 300 * u('expense', k)) * money_factor
    when kind_no = 16 then (if(not twin and j % 4 = 3, 14000, 42000) + 40000 * u('large', k) * if(not twin and j % 4 = 3, 0.2, 1)) * limit_factor
    when kind_no = 17 and twin then round(typical, 2)
    when kind_no = 18 then coalesce((select min(past_invoice.amount) from invoice_plan as past_invoice where past_invoice.k = story.k + 101), typical::decimal(18, 2)) * if(j % 4 = 3, 100, 10)
    when kind_no = 19 then typical * (if(not twin and j % 4 = 3, 2.5, 5.5) + 3 * u('unusual', k) * if(not twin and j % 4 = 3, 0.3, 1))
    when kind_no in (6, 7) then typical * (1.8 + u('diverted', k))
    when kind_no = 22 then (4000 + 12000 * u('discounted', k)) * limit_factor
    else typical * exp(0.2 * z('usual', k)) + 300 * limit_factor
  end::decimal(18, 2) as amount,
  working(requested - interval '2 days') as received, (requested - interval '4 days')::date as invoiced_on,
  30 as terms_days,
  number_text(k, first_number(k) + 120 + member * if(kind_no = 9 and twin, 1, 9), 2026) as invoice_number,
  if(kind_no = 15 and twin, 'expense', 'invoice') as document_type,
  case when kind_no in (8, 9, 16, 18, 19) then twin when kind_no = 17 then false else true end as has_order,
  case when kind_no = 16 and twin then moment - days(9) end as order_at,
  'scripted' as path, requested,
  case -- Some splitters let colleagues ask for a part.
    when kind_no = 8 and not twin and j % 5 = 4 then person_id(company, 1, whole('splitter', k + member, 30))
    when kind_no in (8, 9) then person_id(company, 1, whole('splitter', k, 30)) end as requester_id,
  case when kind_no = 11 and j % 2 = 0 then if(twin, service_id(company, 'VENDOR-PORTAL'), person_id(company, 2, whole('clerk', k, 6))) end as entered_by_id,
  case when kind_no = 11 and j % 2 = 1 then person_id(company, 6, 1 + whole('changer', k, 5)) end as approver_id,
  case when kind_no = 22 and not (twin and j % 2 = 1) then working(requested + days(11 + 2 * u('late', k)))
    when kind_no = 22 then working(requested + days(0.4)) when kind_no = 7 then working(requested + days(0.5)) end as final_at,
  (case when kind_no <> 22 then null when not twin then 0.03 when j % 2 = 0 then 0.0025 else 0.02 end)::decimal(18, 4) as discount_rate,
  10 as discount_days,
  case when kind_no = 8 and twin then 'CC' || (company * 1000 + 400 + member * 10)::varchar when kind_no = 8 then 'CC' || (company * 1000 + 410)::varchar end as cost_center,
  case when kind_no = 8 and twin then 'Repair at site ' || (member + 1)::varchar when kind_no = 8 then 'Renovation of meeting rooms'
    when kind_no = 17 and twin then 'Annual membership fee' when kind_no = 15 and twin then 'Travel expenses' end as text
from (
  select *, working(case when kind_no = 8 then moment - days(0.7 * (members - 1 - member)) when kind_no = 9 then moment - days(29.5 * (members - 1 - member)) else moment end) as requested
  from story, lateral (select unnest(range(members)) as member)
) as story;

insert into answer
select story.k, 'payment_request', story.k + 1 + member
from story, lateral (select unnest(range(members)) as member) where not (kind_no = 23);

insert into answer select k, 'payment_request', k + 1 from story where kind_no = 23;
