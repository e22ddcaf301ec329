-- Companies, people and the vendor master.
create table company as
select * from (values
  (1, '1000', 'Meridian Europe B.V.', 'EUR', 'NL', 'Europe/Amsterdam', 1.0, 1.0, 0.21, 'NL36ABNA0417164300'),
  (2, '2000', 'Meridian Inc.', 'USD', 'US', 'America/New_York', 1.1, 1.0, 0.0, '021000021-4471902288'),
  (3, '3000', 'Meridian (Shanghai) Co., Ltd. 美锐（上海）有限公司', 'CNY', 'CN', 'Asia/Shanghai', 7.6, 8.0, 0.13, '6222021001094471902')
) as t(company, code, name, currency, country, zone, money_factor, limit_factor, tax_rate, account);

create table role as
select * from (values
  (1, 'requester', 30, null, 'Operations', 4), (2, 'clerk', 6, 0, 'Accounts payable', 6),
  (3, 'administration', 5, null, 'Accounts payable', 6), (4, 'budget_owner', 12, null, 'Operations', 6),
  (5, 'team_lead', 10, 5000, 'Operations', 6), (6, 'manager', 6, 25000, 'Operations', 7),
  (7, 'head', 3, 100000, 'Management', 8), (8, 'cfo', 1, 999999999, 'Management', null),
  (9, 'treasury', 3, null, 'Treasury', 7), (10, 'master_data', 3, null, 'Master data', 6),
  (11, 'service_intake', 1, null, 'Systems', null), (12, 'service_approval', 1, 250, 'Systems', null),
  (13, 'service_payment', 1, null, 'Systems', null), (14, 'service_portal', 1, null, 'Systems', null)
) as t(role_no, role, people, role_limit, department, manager_role_no);

-- One row per ERP user. `place` numbers the people of a role; the first team lead and the first
-- manager of a company work at night (`shift_hours`).
create table person as
with seat as (
  select company, role.*, place,
    company * 100000 + role_no * 1000 + place as k
  from company, role, lateral (
    -- The company grows more slowly than its invoices; heads, the CFO and service accounts do not.
    select unnest(range(people * if(role_no in (7, 8) or role_no >= 11, 1, greatest(1, round(getvariable('scale') ** 0.6))::bigint))) as place
  )
)
select seat.*,
  case when role_no >= 11 then ['EDI-IN', 'AUTO-APPROVE', 'PAY-RUN', 'VENDOR-PORTAL'][role_no - 10] || '-' || code
    else 'U' || (company * 10000 + role_no * 700 + place)::varchar end as user_id,
  case
    when role_no >= 11 then ['Electronic invoice intake', 'Automatic approval', 'Payment program', 'Vendor portal'][role_no - 10]
    when company = 3 then
      pick(['王','李','张','刘','陈','杨','赵','黄','周','吴','徐','孙','胡','朱','高','林','何','郭','马','罗'], 'family', k)
      || pick(['伟','芳','娜','敏','静','丽','强','磊','军','洋','勇','艳','杰','娟','涛','明','超','霞','平','刚'], 'given', k)
      || pick(['','华','国','晓','志','文','海','玉'], 'given2', k)
    else
      pick(['Anna','Bram','Clara','Daan','Eva','Felix','Greta','Hugo','Iris','Jonas','Karin','Lars','Mila','Noah','Olga','Pieter','Rosa','Sven','Tara','Wim'], 'given', k)
      || ' ' || pick(['de Vries','Janssen','Bakker','Müller','Schäfer','Okafor','Whitfield','Castellano','O''Brien','Lindqvist','Fernández','Kowalski','Haddad','Nakamura','Visser','Brandt','Turner','Delgado','Peeters','van den Berg'], 'family', k)
  end as name,
  role_limit * limit_factor as approval_limit,
  role_no >= 11 as is_service,
  if(role_no in (5, 6) and place = 0, 12, 0) as shift_hours,
  account_number(country, k + 7000000000) as salary_account,
  zone, currency
from seat join company using (company);

create table vendor_class as
select * from (values
  -- class, share of invoices, invoices per vendor (null: by rank), ln median, spread of vendors, auto share
  ('recurring', 0.15, 24, 7.0, 0.9, 0.9), ('utility', 0.05, 48, 6.0, 0.7, 0.0),
  ('customs', 0.012, 60, 7.2, 0.5, 0.0), ('freight', 0.08, 120, 5.9, 0.5, 0.85),
  ('one_time', 0.104, 1, 6.2, 1.05, 0.55), ('goods', 0.35, null, 7.3, 1.0, 0.78),
  ('services', 0.254, null, 7.6, 0.9, 0.42)
) as t(class, invoice_share, per_vendor, ln_median, ln_spread, auto_share);

-- One row per ordinary vendor. Goods and services vendors have invoice counts by rank in blocks
-- of 1,500, so that concentration is the same at each scale.
create table vendor as
with sized as (
  select class, per_vendor, ln_median, ln_spread, auto_share, getvariable('invoices') * invoice_share as invoices,
    greatest(3, case when per_vendor is null then round(getvariable('invoices') * invoice_share / 23)
      else round(getvariable('invoices') * invoice_share / per_vendor) end)::bigint as vendors
  from vendor_class
),
numbered as (
  select *, unnest(range(vendors)) as place from sized
),
weighted as (
  select *, 1 / (place % 750 + 6) ** 0.95 as weight from numbered
),
counted as (
  select * exclude (weight),
    coalesce(per_vendor, greatest(2, round(invoices * weight / sum(weight) over (partition by class))))::bigint as n
  from weighted
),
keyed as (
  select *, row_number() over (order by class, place) as k from counted
),
housed as (
  select *, case when class in ('utility', 'customs') then place % 3 + 1 when u('company', k) < 0.55 then 1 when u('company', k) < 0.8 then 2 else 3 end as company from keyed
)
select
  k, company, class, n,
  case company when 1 then pick(['NL','NL','NL','DE','DE','BE'], 'country', k) when 2 then 'US' else 'CN' end as country,
  null::varchar as name,
  null::varchar as tax_id,
  case class
    when 'recurring' then pick(['Rent','Leasing','Telecom','Software subscription','Insurance','Cleaning'], 'category', k)
    when 'utility' then 'Utilities (direct debit)' when 'customs' then 'Customs and duties' when 'freight' then 'Freight'
    when 'one_time' then pick(['Travel and events','Training','Repairs','Printing','Catering','Equipment hire'], 'category', k)
    when 'goods' then pick(['Electronic components','Packaging','Machine parts','Chemicals','Office supplies','Tools'], 'category', k)
    else pick(['Consulting','IT services','Marketing','Maintenance','Temporary staff','Legal services'], 'category', k)
  end as category,
  case when class in ('utility', 'customs') then 14
    when class = 'one_time' then pick([14, 30, 30], 'terms', k) else pick([14, 30, 30, 30, 45, 60], 'terms', k) end as terms_days,
  -- A fifth of the goods and services vendors offer a discount for early payment.
  case when class not in ('goods', 'services') or u('offers', k) > 0.2 then null
    else pick([0.02, 0.02, 0.03, 0.01, 0.005], 'discount', k) end::decimal(18, 4) as discount_rate,
  pick([10, 10, 14], 'discount days', k) as discount_days,
  case
    when class = 'utility' then 'other'
    when company = 1 then case when class = 'customs' then 'sepa_instant' when u('platform', k) < 0.07 then 'payment_platform' else 'sepa_credit_transfer' end
    when company = 2 then case when class = 'customs' then 'wire' when u('platform', k) < 0.07 then 'payment_platform' when u('platform', k) < 0.11 then 'check' else 'ach' end
    else case when class = 'customs' then 'cn_urgent' when u('platform', k) < 0.07 then 'payment_platform' else 'cn_domestic' end
  end as channel,
  exp(ln_median + ln_spread * z('median', k)) * (case company when 1 then 1.0 when 2 then 1.1 else 7.6 end) as median,
  case class when 'recurring' then 0 when 'utility' then 0.22 when 'freight' then 0.4 when 'one_time' then 0 else 0.22 + 0.4 * u('sigma', k) end as sigma,
  auto_share,
  -- Vendors of few invoices trade for a while only, the others all the time.
  case when class = 'one_time' then 0 when n < 12 then least(720, n * 55) else 730 end as active_days,
  null::timestamp as created_at, null::varchar as created_by,
  false as planted
from housed;

create table vendor_words as
select
  ['Ka','Vol','Ster','Bran','Lu','Mer','Dor','Hel','Wes','Tor','Gri','Pal','Nor','Sey','Zan','Quil','Fen','Jar','Ost','Cal','Bre','Hof','Ril','Und','Ives','Wyn','Tam','Sol','Dek','Mont'] as one,
  ['ma','de','li','ro','ken','va','ste','nu','ber','gi','ta','mo','sel','hu','wi','lan','fer','do','pi','zo','rik','cha','el','ban','tu'] as two,
  ['mann','sen','stra','bach','win','ton','lin','dorf','veld','rath','ner','quist','gård','müll','hoff','ley','rosa','ska','nova','trix','dal','berg','well','ford','mark','rup','tis','zen','kamp','huis'] as three,
  ['Logistics','Packaging','Electronics','Engineering','Consulting','Solutions','Trading','Machining','Chemicals','Supplies','Media','Facilities','Instruments','Plastics','Metals','Software','Services','Print','Foods','Tools'] as industry,
  ['苏州','上海','深圳','杭州','南京','无锡','宁波','广州','东莞','天津','青岛','成都'] as city,
  ['晟','华','鑫','瑞','恒','博','泰','昌','源','宏','锦','嘉','卓','凯','立','铭','海','腾','德','信','盛','佳','润','科','诚'] as hanzi_one,
  ['源','达','通','丰','安','隆','捷','远','辉','旺','航','宇','邦','诺','拓','图','康','力','维','创','新','和','阳','金','成'] as hanzi_two,
  ['电子','物流','精密机械','包装材料','软件','贸易','自动化设备','化工','五金','印刷','咨询','环保科技'] as trade;

-- Writes the names of vendors that have none, and everything else the master says about them.
create macro vendor_name(k, company, class) as (
  select case
    when company = 3 then pick(city, 'city', k) || pick(hanzi_one, 'one', k) || pick(hanzi_two, 'two', k) || pick(hanzi_one, 'more', k) || pick(trade, 'trade', k) || '有限公司'
    when u('quoted', k) < 0.006 then 'Restaurant "' || pick(one, 'one', k) || pick(two, 'two', k) || pick(three, 'three', k) || '"'
    when u('quoted', k) < 0.03 then pick(one, 'one', k) || pick(two, 'two', k) || pick(three, 'three', k) || ', ' || pick(one, 'other', k) || pick(three, 'other3', k) || ' & Partners'
    else pick(one, 'one', k) || pick(two, 'two', k) || pick(two, 'more', k) || pick(three, 'three', k) || ' ' || pick(industry, 'industry', k)
      || case company when 2 then pick([' Inc.', ' LLC', ' Corp.'], 'form', k) else pick([' B.V.', ' GmbH', ' N.V.', ' GmbH & Co. KG'], 'form', k) end
  end from vendor_words
);
