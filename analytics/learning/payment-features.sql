-- One row per payment: how unusual it was among the payments known when it was made.
-- Reads table payment: payment_key, vendor, category, department (text), amount, known_at.
-- Payments known at the same moment count as known; the payment itself never does. With one moment
-- for all, each payment is compared with the whole table.
-- Probabilities are backed off (Witten and Bell): after n payments of a with d different b,
-- p(b | a) = (n_ab + d * p(b)) / (n_a + d). What is told is ln(p(b) / p(b | a)): by how much less
-- likely b is beside a than anywhere; six ordered pairs of three attributes.
with earlier as (
  select *,
    ln(amount) as log_amount,
    round(cume_dist() over (order by known_at) * count(*) over (order by known_at rows between unbounded preceding and unbounded following)) - 1 as n,
    round(cume_dist() over (partition by vendor order by known_at) * count(*) over (partition by vendor order by known_at rows between unbounded preceding and unbounded following)) - 1 as n_v,
    round(cume_dist() over (partition by department order by known_at) * count(*) over (partition by department order by known_at rows between unbounded preceding and unbounded following)) - 1 as n_d,
    round(cume_dist() over (partition by category order by known_at) * count(*) over (partition by category order by known_at rows between unbounded preceding and unbounded following)) - 1 as n_c,
    round(cume_dist() over (partition by vendor, department order by known_at) * count(*) over (partition by vendor, department order by known_at rows between unbounded preceding and unbounded following)) - 1 as n_vd,
    row_number() over (partition by vendor, department order by known_at, payment_key) = 1 as first_vd,
    round(cume_dist() over (partition by vendor, category order by known_at) * count(*) over (partition by vendor, category order by known_at rows between unbounded preceding and unbounded following)) - 1 as n_vc,
    row_number() over (partition by vendor, category order by known_at, payment_key) = 1 as first_vc,
    round(cume_dist() over (partition by department, category order by known_at) * count(*) over (partition by department, category order by known_at rows between unbounded preceding and unbounded following)) - 1 as n_dc,
    row_number() over (partition by department, category order by known_at, payment_key) = 1 as first_dc,
    lag(known_at) over (partition by vendor order by known_at, payment_key) as last_known_at
  from payment
),
counted as (
  select *,
    sum(log_amount) over known - log_amount as sum_log,
    sum(log_amount * log_amount) over known - log_amount * log_amount as sum_square,
    sum(log_amount) over of_vendor_category - log_amount as sum_log_vc,
    sum(log_amount * log_amount) over of_vendor_category - log_amount * log_amount as sum_square_vc,
    -- Different values seen before this payment, at least one.
    greatest(1, sum(first_vd::int) over of_vendor - (n_vd = 0)::int)::double as d_vd,
    greatest(1, sum(first_vc::int) over of_vendor - (n_vc = 0)::int)::double as d_vc,
    greatest(1, sum(first_vd::int) over of_department - (n_vd = 0)::int)::double as d_dv,
    greatest(1, sum(first_dc::int) over of_department - (n_dc = 0)::int)::double as d_dc,
    greatest(1, sum(first_vc::int) over of_category - (n_vc = 0)::int)::double as d_cv,
    greatest(1, sum(first_dc::int) over of_category - (n_dc = 0)::int)::double as d_cd
  from earlier
  window
    known as (order by known_at range between unbounded preceding and current row),
    of_vendor as (partition by vendor order by known_at range between unbounded preceding and current row),
    of_department as (partition by department order by known_at range between unbounded preceding and current row),
    of_category as (partition by category order by known_at range between unbounded preceding and current row),
    of_vendor_category as (partition by vendor, category order by known_at range between unbounded preceding and current row)
),
-- Amounts as whole cents, once per vendor and category: what ten or a hundred times of it may repeat.
amount_seen as (
  select vendor, category, round(amount * 100)::bigint as cents, min(known_at) as first_known_at
  from payment
  group by all
),
power_of_ten as (
  select payment.payment_key, max(factor) as factor, any_value(payment.vendor) as vendor,
    any_value(payment.amount) as amount, any_value(payment.known_at) as known_at
  from payment
  cross join (values (10), (100)) as factors(factor)
  join amount_seen
    on amount_seen.vendor = payment.vendor and amount_seen.category = payment.category
    and amount_seen.cents * factor = round(payment.amount * 100)::bigint
    and amount_seen.first_known_at <= payment.known_at
  group by payment.payment_key
),
earlier_of_slip as (
  select slip.payment_key,
    any_value(slip.factor) as factor,
    count(*) filter (earlier.amount >= 0.7 * slip.amount) as as_large,
    count(*) filter (earlier.amount = slip.amount) as the_same,
    count(*) filter (earlier_slip.payment_key is not null) as earlier_slips,
    count(distinct earlier.amount) as amounts,
    count(*) as payments
  from power_of_ten as slip
  join payment as earlier
    on earlier.vendor = slip.vendor and earlier.known_at <= slip.known_at
    and earlier.payment_key <> slip.payment_key
  left join power_of_ten as earlier_slip on earlier_slip.payment_key = earlier.payment_key
  group by slip.payment_key
),
probable as (
  select *,
    (n_v + 0.5) / (n + 1) as p_v,
    (n_d + 0.5) / (n + 1) as p_d,
    (n_c + 0.5) / (n + 1) as p_c
  from counted
),
centred as (
  select *,
    n_vc / (n_vc + 5.0) as own_weight,
    sum_log / nullif(n, 0) as mean_log,
    sqrt(greatest(0, sum_square / nullif(n, 0) - (sum_log / nullif(n, 0)) ** 2)) as spread_log,
    sum_log_vc / nullif(n_vc, 0) as mean_log_vc,
    sqrt(greatest(0, sum_square_vc / nullif(n_vc, 0) - (sum_log_vc / nullif(n_vc, 0)) ** 2)) as spread_log_vc
  from probable
)
select
  payment_key,
  log_amount,
  -ln(p_v) as vendor_rarity,
  -ln(p_d) as department_rarity,
  -ln(p_c) as category_rarity,
  ln(p_d / ((n_vd + d_vd * p_d) / (n_v + d_vd))) as department_for_vendor,
  ln(p_v / ((n_vd + d_dv * p_v) / (n_d + d_dv))) as vendor_for_department,
  ln(p_c / ((n_vc + d_vc * p_c) / (n_v + d_vc))) as category_for_vendor,
  ln(p_v / ((n_vc + d_cv * p_v) / (n_c + d_cv))) as vendor_for_category,
  ln(p_c / ((n_dc + d_dc * p_c) / (n_d + d_dc))) as category_for_department,
  ln(p_d / ((n_dc + d_cd * p_d) / (n_c + d_cd))) as department_for_category,
  -- Standard score of the log amount among the vendor's payments of the category, shrunk to all.
  coalesce(
    (log_amount - (own_weight * coalesce(mean_log_vc, 0) + (1 - own_weight) * mean_log))
    / greatest(0.05, own_weight * coalesce(spread_log_vc, 0) + (1 - own_weight) * spread_log), 0
  ) as amount_for_vendor,
  case when the_same = 0 then -ln((as_large + 1) / (payments + 2)) else 0 end as larger_than_earlier,
  case when the_same = 0 then -ln((earlier_slips + 1) / (payments + 2)) else 0 end as factor_is_rare,
  case when the_same = 0 then greatest(0,
    ln(10) * length(rtrim(round(amount * 100)::bigint::varchar, '0')) - ln(amounts)
  ) else 0 end as digits_repeat,
  coalesce(factor, 0)::double as factor_of_earlier,
  coalesce(epoch(known_at - last_known_at) / 86400, -1)::double as days_since_last
from centred
left join earlier_of_slip using (payment_key)
order by payment_key
