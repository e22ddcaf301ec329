-- When and how each request is paid; only what has happened by today is kept.
create table paid as
with ready as (
  select k, max(timezone(document.zone, timezone('UTC', event.happened))) as ready
  from event join document using (k) where action in ('requested_payment', 'auto_approved') group by k
),
timed as (
  select document.*, ready.ready,
    case
      when path = 'debit' then null
      when urgent or (paid_at is not null) then null
      when path = 'auto' then requested::date
      else next_run_on(ready + interval '2 days')
    end as run_on
  from document left join ready using (k)
  where path = 'debit' or ready is not null
),
moment as (
  select *,
    to_second(case
      when path = 'debit' then due_on + interval '6 hours' + days(0.05 * u('debit', k))
      when paid_at is not null then paid_at
      when urgent then ready + days(0.02 + 0.08 * u('sent', k))
      else run_on + interval '17 hours' + to_seconds(60 + whole('sent', k, 1500)) end) as executed
  from timed
)
select k, run_on, executed, utc(executed, zone) as executed_at from moment;

insert into event
select k, 19, if(path = 'debit', 'Direct debit', 'Paid'), 'paid', 13, service_id(company, 'PAY-RUN'), null, executed_at, null
from paid join document using (k);

delete from event where happened > getvariable('present');

create table logged as
select *, row_number() over (partition by k order by happened, position) as sequence,
  lag(happened) over (partition by k order by happened, position) as before_at
from event;

create macro fee(channel, amount) as (
  case channel
    when 'sepa_credit_transfer' then 0.12 when 'sepa_instant' then 0.95 when 'ach' then 0.26 when 'same_day_ach' then 1.1
    when 'wire' then 22 when 'check' then 2.4 when 'cn_domestic' then 2 when 'cn_urgent' then 18
    when 'payment_platform' then 0.25 + 0.0035 * amount else 0 end
)::decimal(18, 2);

-- Invoices above the instant or same-day ceilings and the rest of the agreed channels stay as they are.
create table payment as
select
  paid.*, document.* exclude (k),
  (case when discount_on is not null and executed::date <= discount_on then round(amount * discount_rate, 2) else 0 end)::decimal(18, 2) as discount_taken,
  (amount - case when discount_on is not null and executed::date <= discount_on then round(amount * discount_rate, 2) else 0 end)::decimal(18, 2) as paid_amount,
  row_number() over (order by executed_at, paid.k) as payment_no,
  executed::date + [1, 1, 1, 1, 3, 2, 1][isodow(executed::date)]::integer as value_on
from paid join document using (k)
where executed_at <= getvariable('present');

create table request as
with reached as (
  select k, max(sequence) as steps, max(happened) as last_at,
    arg_max(action, sequence) as last_action,
    bool_or(action = 'paid') as is_paid,
    bool_or(action in ('final_approved', 'auto_approved')) as is_approved
  from logged group by k
),
-- A refusal after which nobody asks again.
refused_for_good as (
  select k, bool_or(refused and round = rounds) as ends_refused from human_step group by k
)
select document.*, steps, last_at, run_on,
  case
    when is_paid then 'Paid'
    when last_action = 'rejected' and ends_refused then 'Rejected'
    when is_approved then 'Approved'
    else 'In approval'
  end as status
from document join reached using (k) left join refused_for_good using (k) left join paid using (k);

-- The account a payment would go to: the vendor's at the time of the request.
create table account_used as
select request.k, account_change.account
from request asof join (
  select vendor_k, account_change.account, utc(changed_at, zone) as known_at
  from account_change join vendor on vendor.k = vendor_k join company on company.company = vendor.company
) as account_change
on request.vendor_k = account_change.vendor_k and request.requested_at >= account_change.known_at;

create table fx as
select day::date as rate_on, currency as from_currency,
  (case currency when 'USD' then 0.92 + 0.02 * sin(epoch(day) / 5400000) when 'CNY' then 0.128 + 0.003 * sin(epoch(day) / 7300000) end
    * (1 + 0.003 * z('fx ' || currency, epoch(day)::bigint)))::decimal(18, 6) as rate
from range(timestamp '2024-11-18', timestamp '2026-11-20', interval '1 day') as t(day), (values ('USD'), ('CNY')) as c(currency);
