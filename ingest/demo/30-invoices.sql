-- Ordinary invoices: one row per document before it has numbers of our books.
-- Times are local to the company.
create table invoice_plan as
with placed as (
  select vendor.*, unnest(range(n)) as i from vendor where not planted
),
timed as (
  select *, vendor.k * 100000 + i as invoice_k,
    getvariable('start') as origin
  from placed as vendor
),
dated as (
  select *,
    case
      when class = 'recurring' then
        date_trunc('month', origin) + to_months(i::integer) + days(19 + 5 * u('day of month', k) + 0.4 * u('moment', invoice_k))
      when class = 'one_time' then origin + days(729.5 * u('moment', invoice_k))
      else origin + days((730 - active_days) * u('from', k) + (active_days - 0.5) * (i + u('moment', invoice_k)) / n)
    end as moment
  from timed
),
-- 14.8 % of documents arrive at a weekend, as in a utility's 189,470 real payments.
weekly as (
  select *,
    date_trunc('day', moment)
      + case when isodow(moment) >= 6 and u('weekend', invoice_k) > 0.518 then to_days((8 - isodow(moment))::integer) else to_days(0) end
      + days((6 + 14 * u('hour', invoice_k)) / 24) as received
  from dated
),
credited as (
  select *,
    class in ('goods', 'freight', 'services') and i > 0 and u('credit', invoice_k) < 0.03 as is_credit,
    median * exp(sigma * greatest(-3, least(3, z('amount', invoice_k)))) as raw
  from weekly
),
-- Whole units 22.1 %, hundreds 2.3 %, thousands 0.29 % of documents.
priced as (
  select *,
    case
      when class = 'recurring' then round(raw * if(i >= 12, 1.03, 1), if(u('round', k) < 0.35, 0, 2)::integer)
      when raw >= 2000 and u('round', invoice_k) < 0.0035 then round(raw, -3)
      when raw >= 300 and u('round', invoice_k) < 0.028 then round(raw, -2)
      when u('round', invoice_k) < 0.2 then round(raw, 0)
      else round(raw, 2)
    end as rounded
  from credited
)
select
  invoice_k as k, company, priced.k as vendor_k, class, category, i,
  greatest(9.9, least(rounded, 900000.0))::decimal(18, 2) * if(is_credit, -1, 1) as amount,
  to_second(received) as received,
  (received - days(case when class in ('utility', 'customs') then 1.2 else 1 + 4 * u('mail', invoice_k) end))::date as invoiced_on,
  terms_days,
  case when is_credit then null else discount_rate end as discount_rate,
  discount_days,
  null::varchar as invoice_number,
  case when is_credit then 'credit' else 'invoice' end as document_type,
  not is_credit and case class when 'goods' then u('order', invoice_k) < 0.93 when 'freight' then true when 'services' then u('order', invoice_k) < 0.3 else false end as has_order,
  case
    when is_credit then 'none' when class = 'utility' then 'debit' when class = 'customs' then 'human'
    when rounded < 250 * if(company = 3, 8, 1) then 'auto'
    when u('path', invoice_k) < auto_share and rounded < 25000 * if(company = 3, 8, 1) then 'auto'
    else 'human'
  end as path,
  class = 'customs' as urgent,
  channel,
  'CC' || (company * 1000 + 10 * whole('cost center', priced.k, 40) + whole('cost center 2', invoice_k, 2))::varchar as cost_center,
  null::bigint as reversal_of_k,
  -- What a planted document says otherwise; empty for ordinary ones.
  null::timestamp as requested, null::varchar as requester_id, null::varchar as entered_by_id,
  null::varchar as approver_id, null::varchar as represented_id, null::timestamp as final_at, null::timestamp as paid_at,
  null::varchar as comment, null::varchar as text, null::decimal(18, 2) as settled_amount,
  null::timestamp as order_at, null::varchar as item
from priced
where received < getvariable('present_local');
