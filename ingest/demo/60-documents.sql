-- Documents of our books: invoices with their numbers, times and due dates. Times local and in UTC.
create table document as
with described as (
  select
    invoice_plan.* exclude (category, channel, cost_center, requested),
    company.zone, company.currency as currency, company.code, company.limit_factor, company.tax_rate, vendor.country,
    coalesce(invoice_plan.category, vendor.category) as category,
    coalesce(invoice_plan.channel, vendor.channel) as channel, vendor.channel as agreed_channel,
    coalesce(cost_center, 'CC' || (invoice_plan.company * 1000 + 10 * whole('cost center', vendor_k, 40))::varchar) as cost_center,
    path = 'scripted' as planted,
    invoice_plan.requested as planned_request,
    u('intake', invoice_plan.k) < 0.3 and path <> 'scripted' as by_intake
  from invoice_plan
  join vendor on vendor.k = invoice_plan.vendor_k
  join company on company.company = invoice_plan.company
),
entered as (
  select *,
    to_second(case
      when planted then least(received + interval '3 hours', coalesce(planned_request, received + interval '1 day') - interval '30 minutes')
      when by_intake then received + days(0.002 + 0.01 * u('intake time', k))
      when path = 'none' then received + interval '3 hours'
      else working(received + days(0.47 * exp(1.0 * z('entry time', k)))) end) as entered,
    invoiced_on + terms_days::integer as due_on,
    case when discount_rate is not null then invoiced_on + discount_days::integer end as discount_on
  from described
),
requested as (
  select *,
    to_second(case path
      when 'scripted' then planned_request
      when 'human' then working(case when discount_rate is not null or urgent then entered + days(0.02 + 0.2 * u('asked', k))
        else greatest(entered + days(0.05 + 0.6 * u('asked', k)), due_on - days(5 + 12 * u('lead', k))) end)
      when 'debit' then working(greatest(due_on + days(1.3 + u('asked', k)), entered + days(0.1)))
      when 'auto' then greatest(
          next_run_on(entered + interval '2 hours'),
          case when discount_rate is null then last_run_on(due_on) else date '1970-01-01' end
        ) + interval '16 hours 5 minutes' + days(0.025 * u('asked', k))
    end) as requested
  from entered
),
located as (
  select *,
    utc(received, zone) as received_at, utc(entered, zone) as entered_at, utc(requested, zone) as requested_at
  from requested
)
select *,
  coalesce(entered_by_id, case when by_intake then service_id(company, 'EDI-IN') else person_id(company, 2, whole('clerk', k, 6)) end) as entered_by,
  case
    when path in ('none') then null
    else coalesce(requester_id, case when path = 'auto' then service_id(company, 'PAY-RUN')
      else person_id(company, 1, (hash(cost_center) % 30)::bigint) end) end as requested_by,
  limit_level(abs(amount), limit_factor) as level,
  path = 'human' and not has_order and abs(amount) > 800 * limit_factor and not urgent as with_budget,
  row_number() over (order by received_at, k) as document_no,
  row_number() over (order by requested_at, k) as request_no
from located;

create table order_plan as
select k, row_number() over (order by k) as order_no from document where has_order;
