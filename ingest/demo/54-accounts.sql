-- What the master says about vendors, and the log of their bank accounts.
update vendor set
  name = coalesce(name, vendor_name(k, company, class)),
  tax_id = coalesce(tax_id, 'T' || k::varchar),
  created_at = to_second(coalesce(created_at, (
    case when class = 'one_time'
      then (select min(received) from invoice_plan where vendor_k = vendor.k) - days(16 + 40 * u('created', vendor.k))
      else getvariable('start') - days(60 + 2900 * u('created', vendor.k)) end
  ))),
  created_by = coalesce(created_by, person_id(company, 10, whole('creator', k, 3)));

-- One row per account written to a vendor. `account_k` seeds the number.
create table account_change (
  vendor_k bigint, position bigint, changed_at timestamp, account varchar, country varchar, through varchar,
  changed_by varchar, verified_at timestamp, verified_by varchar, holder varchar
);

insert into account_change
select vendor.k, 0, created_at, coalesce(
    case when place.kind_no = 15 then person.salary_account end, account_number(vendor.country, vendor.k)),
  vendor.country, 'initial', vendor.created_by, null, null, vendor.name
from vendor
left join place on place.k = vendor.k
left join person on place.kind_no = 15 and person.user_id = person_id(place.company, 1, (j + if(twin, 10, 0)) % 30);

-- Ordinary changes: confirmed by a call to a known contact within two days.
insert into account_change
select k, 1, changed_at, account_number(country, k + 500000000), country, pick(['portal', 'letter', 'portal', 'email'], 'through', k),
  person_id(company, 10, whole('changer', k, 3)), changed_at + days(0.2 + 1.5 * u('verified', k)), person_id(company, 9, whole('verifier', k, 3)), name
from (
  select *, to_second(working(getvariable('start') + days(40 + 640 * u('changed', k)))) as changed_at
  from vendor where not planted and class in ('goods', 'services', 'recurring', 'freight') and u('changes', k) < 0.05
);

-- The portal moved some vendors' accounts in one night, as a batch.
insert into account_change
select k, 2, timestamp '2026-03-14 02:10:00' + to_seconds(k % 900), account_number(country, k + 600000000), country, 'migration',
  service_id(company, 'VENDOR-PORTAL'), null, null, name
from vendor where not planted and class in ('goods', 'services') and u('migrated', k) < 0.04;

insert into account_change
select place.k, 1,
  to_second(case
    when twin and j % 3 = 0 then moment - days(200)
    when twin and j % 3 = 1 then timestamp '2026-03-14 02:25:00' + to_seconds(j)
    else working(moment - days(3 + if(not twin and j % 5 = 4, 22, 12) * u('changed', place.k))) end),
  account_number(if(not twin and j % 2 = 0, 'LT', country), place.k + 700000000), if(not twin and j % 2 = 0, 'LT', country),
  case when not twin and j % 5 = 4 then 'letter' when not twin then 'email' when j % 3 = 1 then 'migration' else 'portal' end,
  case when twin and j % 3 = 1 then service_id(place.company, 'VENDOR-PORTAL') else person_id(place.company, 10, whole('changer', place.k, 3)) end,
  to_second(case when twin and j % 3 = 0 then moment - days(199) when twin and j % 3 = 2 then working(moment - days(2.5)) end),
  case when twin and j % 3 <> 1 then person_id(place.company, 9, whole('verifier', place.k, 3)) end, vendor.name
from place join vendor on vendor.k = place.k where kind_no = 6;

-- Flip-flop: to another account and back. The incident is paid in between, the twin is a typing error
-- set right on the same day.
insert into account_change
select place.k, 1 + step,
  to_second(if(twin, date_trunc('day', moment - days(9)) + to_hours((10 + 5 * step)::integer), working(if(step = 0, moment - days(6), moment + days(12))))),
  account_number(country, place.k + if(step = 0, 700000000, 0)), country, if(twin, 'portal', 'email'),
  person_id(place.company, 10, whole('changer', place.k, 3)),
  if(twin, date_trunc('day', moment - days(9)) + to_hours((12 + 4 * step)::integer), null),
  if(twin, person_id(place.company, 9, whole('verifier', place.k, 3)), null), vendor.name
from place join vendor on vendor.k = place.k, range(2) as steps(step) where kind_no = 7;

-- Duties: the person who wrote the account also approves the payment. In the twin the approver has
-- only made the confirming call.
insert into account_change
select place.k, 1, to_second(working(moment - days(45))), account_number(country, place.k + 700000000), country, 'portal',
  if(twin, person_id(place.company, 10, whole('changer', place.k, 3)), person_id(place.company, 6, 1 + whole('changer', place.k, 5))),
  to_second(working(moment - days(44))),
  if(twin, person_id(place.company, 6, 1 + whole('changer', place.k, 5)), person_id(place.company, 9, whole('verifier', place.k, 3))), vendor.name
from place join vendor on vendor.k = place.k where kind_no = 11 and j % 2 = 1;
