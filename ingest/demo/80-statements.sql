-- Entries of the bank statements: one row per booking of one of our accounts.
create table entry as
with outgoing as (
  select payment.company, value_on as booked_on, payment_no as place, -paid_amount as amount,
    case when payment.channel = 'other' or u('no reference', payment.k) < 0.006 then 'NOTPROVIDED' else end_to_end(payment_no) end as reference,
    case payment.channel when 'other' then 'RDDT' when 'check' then 'ICHQ' else 'ICDT' end as family,
    case payment.channel when 'sepa_credit_transfer' then 'ESCT' when 'sepa_instant' then 'ESCT' when 'other' then 'ESDD' when 'check' then 'CCHQ' else 'DMCT' end as sub_family,
    vendor.name as party, account, invoice_number as remittance
  from payment join vendor on vendor.k = payment.vendor_k left join account_used on account_used.k = payment.k
  where payment.channel <> 'payment_platform' and value_on <= getvariable('present')::date
),
fees as (
  select company, last_day(executed::date) as booked_on, 0 as place, -sum(fee(channel, paid_amount)) as amount,
    'NOTPROVIDED' as reference, 'MCRD' as family, 'CHRG' as sub_family, 'Bank' as party, null as account,
    'Account charges ' || strftime(last_day(executed::date), '%Y-%m') as remittance
  from payment where channel not in ('payment_platform', 'other') and last_day(executed::date) <= getvariable('present')::date
  group by company, last_day(executed::date)
  having sum(fee(channel, paid_amount)) > 0
),
-- The platform is funded once a week by what it paid out.
funding as (
  select company, (date_trunc('week', executed) + interval '7 days')::date as booked_on, 1 as place,
    -sum(paid_amount + fee(channel, paid_amount)) as amount, 'TOPUP-' || strftime(date_trunc('week', executed), '%Y%m%d') as reference,
    'ICDT' as family, 'DMCT' as sub_family, 'Paylane Payments' as party, null as account, 'Top-up of platform balance' as remittance
  from payment where channel = 'payment_platform' and (date_trunc('week', executed) + interval '7 days')::date <= getvariable('present')::date
  group by company, date_trunc('week', executed)
),
salaries as (
  select company, day::date as booked_on, 2 as place,
    -(round(120000 * limit_factor * greatest(0.02, getvariable('scale')) * (0.97 + 0.06 * u('salaries', epoch(day)::bigint + company)), 2))::decimal(18, 2) as amount,
    'SALARY-' || strftime(day, '%Y%m') as reference, 'ICDT' as family, 'SALA' as sub_family, 'Payroll' as party, null as account, 'Salaries ' || strftime(day, '%Y-%m') as remittance
  from company, range(timestamp '2024-11-25', timestamp '2026-11-19', interval '1 month') as t(day)
),
spent as (
  select company, -sum(amount) / 520 as daily from (select company, amount from outgoing union all select company, amount from funding union all select company, amount from salaries) group by company
),
-- Customers pay every working day about as much as leaves the account.
customers as (
  select company, day::date as booked_on, 3 + part as place,
    (daily / 3 * (0.75 + 0.6 * u('customer', epoch(day)::bigint * 10 + company * 3 + part)))::decimal(18, 2) as amount,
    'NOTPROVIDED' as reference, 'RCDT' as family, 'ESCT' as sub_family,
    pick(['Norden Retail AG', 'Bluewater Stores Inc.', 'Delta & Söhne GmbH', '上海东方贸易有限公司'], 'customer name', epoch(day)::bigint + part) as party, null as account,
    'Invoice ' || (90000 + whole('customer invoice', epoch(day)::bigint + part, 9999))::varchar as remittance
  from spent, range(timestamp '2024-11-20', timestamp '2026-11-19', interval '1 day') as t(day), range(3) as parts(part)
  where isodow(day) <= 5
)
select *, date_trunc('month', booked_on)::date as month,
  row_number() over (partition by company, date_trunc('month', booked_on) order by booked_on, place, reference, family) as line
from (
  select * from outgoing union all select * from fees union all select * from funding union all select * from salaries union all select * from customers
)
order by company, month, line;

-- One row per statement: opening and closing balance add up over its entries and from month to month.
create table statement as
with summed as (
  select company, month, sum(amount) as total, count(*) as entries from entry group by company, month
),
-- The balance the account starts with keeps it above zero at scale.
running as (
  select *, sum(total) over (partition by company order by month) as through from summed
)
select running.*, company.code, company.currency, company.account, company.country, company.name,
  (2000000 * limit_factor * greatest(1, getvariable('scale')))::decimal(18, 2) + through - total as opening,
  (2000000 * limit_factor * greatest(1, getvariable('scale')))::decimal(18, 2) + through as closing,
  row_number() over (partition by company order by month) as number,
  least(last_day(month), getvariable('present')::date) as until
from running join company using (company);
