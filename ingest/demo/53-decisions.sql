-- Incidents told by the approval and the payment: one more ordinary invoice of an ordinary vendor,
-- decided or paid in the wrong way.
insert into invoice_plan by name
select
  k + 1 as k, company, vendor_k, class,
  case
    when kind_no = 10 and twin then (60 + 150 * u('small', k)) * if(company = 3, 8, 1)
    when kind_no = 13 then (6500 + 9000 * u('above', k)) * limit_factor
    when kind_no in (23, 24, 25) then greatest(usual_amount, 1500 * limit_factor)
    else usual_amount end::decimal(18, 2) as amount,
  working(moment - interval '2 days') as received,
  case when kind_no = 26 then final_day - 20 else (moment - interval '4 days')::date end as invoiced_on,
  case when kind_no = 26 then 20 + if(twin, 25, 3) when kind_no = 23 and twin then 5 when kind_no = 23 then 45 else 30 end as terms_days,
  number_text(vendor_k, first_number(vendor_k) + (host_i + 1) * number_step(class, vendor_k) - 1, year(moment)) as invoice_number,
  'invoice' as document_type, kind_no not in (10, 13) as has_order, 'scripted' as path, moment as requested,
  case when kind_no = 10 and twin then service_id(company, 'AUTO-APPROVE') when kind_no = 10 then person_id(company, 5, 1 + whole('self', k, 9)) end as requester_id,
  case
    when kind_no = 10 and twin then service_id(company, 'AUTO-APPROVE')
    when kind_no = 10 then person_id(company, 5, 1 + whole('self', k, 9))
    -- Deputies of managers (the twins) are other people than those who overstep.
    when kind_no = 13 then person_id(company, 5, if(twin, 6, 1) + whole('over', k, 4))
    when kind_no = 20 and twin then person_id(company, if(limit_level(usual_amount, limit_factor) = 1, 5, 6), 0)
  end as approver_id,
  case when kind_no = 13 and twin then person_id(company, 6, 1 + whole('represented', k, 5)) end as represented_id,
  case
    when kind_no = 10 and twin then moment + interval '2 seconds'
    when kind_no = 12 and not is_open and j % 4 = 3 then moment + days(0.2) + interval '50 minutes'
    when kind_no = 12 then working(moment + days(if(is_open, 4, 2.5)))
    when kind_no = 20 and (twin or is_open) then (moment + interval '1 day')::date + days((1.4 + 2.8 * u('night', k)) / 24)
    when kind_no = 20 and j % 4 = 3 then moment::date + interval '1 day' + days((20.4 + 1.5 * u('night', k)) / 24)
    when kind_no = 20 then moment::date + to_days((7 - isodow(moment))::integer) + days((1.2 + 3.3 * u('night', k)) / 24)
    when kind_no = 26 then final_day + days((16.1 + 0.2 * u('late', k)) / 24)
    when kind_no = 25 then working(moment + days(0.15))
  end as final_at,
  case when kind_no = 12 then moment + days(0.2) when kind_no = 25 then working(moment + days(0.3)) when kind_no = 23 and twin and j % 2 = 0 then working(moment + days(1.6)) end as paid_at,
  kind_no = 25 or (kind_no = 23 and twin and j % 2 = 0) as urgent,
  case
    when kind_no = 24 then 'payment_platform'
    when kind_no = 25 then if(company = 1, 'sepa_instant', if(company = 2, 'wire', 'cn_urgent'))
    when kind_no = 23 then if(company = 1, if(j % 3 = 0, 'wire', 'sepa_instant'), if(company = 2, if(j % 3 = 0, 'same_day_ach', 'wire'), 'cn_urgent'))
  end as channel,
  (case
    when kind_no = 24 and not twin then usual_or_more * (1 + if(j % 2 = 0, 1, -1) * (if(j % 4 = 3, 0.006, 0.02) + if(j % 4 = 3, 0.004, 0.12) * u('differs', k)))
    when kind_no = 24 and j % 2 = 0 then usual_or_more * (1 + 0.008 * (u('differs', k) - 0.5))
  end)::decimal(18, 2) as settled_amount,
  case when kind_no = 25 then 'URGENT, please pay today' when kind_no = 23 and twin then 'Due tomorrow' end as text
from (
  select *, greatest(usual_amount, 1500 * limit_factor)::decimal(18, 2) as usual_or_more,
    -- A Tuesday: what is released after 17:00 misses the Thursday run and waits for Monday.
    moment::date + ((9 - isodow(moment)) % 7)::integer + 7 as final_day
  from place_host
)
where (kind_no in (10, 13, 20, 24, 26) or (kind_no in (12, 25) and not twin) or (kind_no = 23 and not (twin and j % 2 = 1)));

insert into answer
select k, 'payment_request', k + 1 from place
where kind_no in (10, 13, 20, 24, 26) or (kind_no in (12, 25) and not twin) or (kind_no = 23 and not (twin and j % 2 = 1));

-- Twins that ordinary vendors already give: direct debits approved afterwards by policy, and customs
-- duties that always leave outside the run.
insert into answer
with candidate as (
  select k, company, if(class = 'utility', 12, 25) as kind_no,
    row_number() over (partition by company, class order by u('policy twin', k), k) as position
  from invoice_plan
  where class in ('utility', 'customs') and i >= 8 and received < getvariable('present_local') - to_days(40)
)
select place.k, 'payment_request', candidate.k from place
join candidate on candidate.company = place.company and candidate.kind_no = place.kind_no
  and candidate.position = place.place_in_company
where twin;

-- Rubber stamps: twelve requests of twelve vendors decided within a minute, one by one. The twin is
-- one act on a list: the same moment for all and the list named.
insert into invoice_plan by name
with candidate as (
  select k as vendor_k, company, class, median, row_number() over (partition by company order by u('stamped', k), k) as position,
    count(*) over (partition by company) as candidates
  from vendor where class in ('goods', 'services') and n >= 12 and not planted
)
select
  place.k + 1 + member as k, place.company, vendor_k, class,
  least(4000 * limit_factor, greatest(260 * limit_factor, median * exp(0.15 * z('stamped', place.k + member))))::decimal(18, 2) as amount,
  working(moment - interval '3 days') as received, (moment - interval '5 days')::date as invoiced_on, 30 as terms_days,
  'S' || (700000 + whole('stamp number', place.k + member, 299999))::varchar as invoice_number, 'invoice' as document_type,
  true as has_order, 'scripted' as path, working(moment - days(0.9 + 0.5 * u('asked', place.k + member))) as requested,
  person_id(place.company, 6, 1 + whole('stamper', place.k, 5)) as approver_id,
  working(moment - days(0.2)) + if(twin, interval '0 seconds', to_seconds((member * if(j % 4 = 3, 25, 4) + whole('pause', place.k + member, 3))::bigint)) as final_at,
  if(twin, 'Bulk approval of list ' || strftime(moment, '%Y%m') || '-' || (10 + j)::varchar, null) as comment
from place, range(12) as members(member)
join candidate on candidate.company = place.company
  and candidate.position = 1 + (place.place_in_company * 12 + member) % candidate.candidates
where kind_no = 21;

insert into answer select k, 'payment_request', k + 1 + member from place, range(12) as members(member) where kind_no = 21;
