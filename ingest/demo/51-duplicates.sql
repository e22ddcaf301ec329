-- Duplicates in five typed forms. The copy has key place + 1; a credit note that takes the first
-- document back in time (the twin's right explanation) has key place + 2.
create macro swapped(word, p) as word[:p - 1] || word[p + 1] || word[p] || word[p + 2:];

-- Two unlike neighbouring digits change places.
create macro swap_place(word) as list_min(list_filter(
  range(greatest(2, length(word) - 3), length(word)),
  lambda p: word[p] <> word[p + 1] and word[p] between '0' and '9' and word[p + 1] between '0' and '9'
));

create macro transposed(word) as coalesce(swapped(word, swap_place(word)), word || '1');

create table copy as
select *,
  case kind_no
    when 2 then case
      -- Two slips in one number.
      when not twin and j % 5 = 4 then transposed(invoice_ocr) || right(host_number, 1)
      when j % 2 = 0 or invoice_ocr = host_number then transposed(host_number) else invoice_ocr end
    when 3 then case if(not twin and j % 5 = 4, 9, j % 4) when 9 then host_number || ' COPY' when 0 then host_number || 'A' when 1 then host_number || '-1' when 2 then 'RE' || host_number else host_number || '/R' end
    else host_number
  end as copy_number,
  case kind_no when 5 then (transposed_minor::bigint / 100.0)::decimal(18, 2) else host_amount end as copy_amount
from (
  select *,
    case when contains(right(host_number, 3), '0') then left(host_number, length(host_number) - 3) || replace(right(host_number, 3), '0', 'O')
      when contains(right(host_number, 3), '1') then left(host_number, length(host_number) - 3) || replace(right(host_number, 3), '1', 'I')
      when contains(right(host_number, 3), '8') then left(host_number, length(host_number) - 3) || replace(right(host_number, 3), '8', 'B')
      when contains(right(host_number, 3), '5') then left(host_number, length(host_number) - 3) || replace(right(host_number, 3), '5', 'S')
      else host_number end as invoice_ocr,
    transposed((host_amount * 100)::bigint::varchar) as transposed_minor
  from place_host
  where kind_no in (1, 2, 3, 5) and not (twin and kind_no in (2, 3) and j % 2 = 1)
);

insert into invoice_plan by name
select
  k + 1 as k, company, vendor_k, class, null as category, amount as amount, moment - interval '2 days' as received,
  invoiced_on, 30 as terms_days, invoice_number, 'invoice' as document_type, false as has_order, 'scripted' as path, moment as requested,
  'Invoice ' || invoice_number as text
from (
  select *, copy_amount as amount, copy_number as invoice_number,
    case when j % 2 = 0 then host_invoiced_on else host_invoiced_on + (3 + whole('copy date', k, 9))::integer end as invoiced_on
  from copy
);

insert into invoice_plan by name
select
  k + 2 as k, company, vendor_k, class, -host_amount as amount, moment - interval '4 days' as received,
  (moment - interval '5 days')::date as invoiced_on, 30 as terms_days, 'CN-' || host_number as invoice_number,
  'credit' as document_type, false as has_order, 'none' as path, host_k as reversal_of_k,
  'Reversal of ' || host_number as text
from copy where twin;

insert into answer select k, 'invoice', k + 1 from copy;

-- Twins in recurring invoices: same vendor and amount every month, numbers one digit apart.
insert into answer
with candidate as (
  select k, company, row_number() over (partition by company order by u('recurring twin', k), k) as position
  from invoice_plan
  where class = 'recurring' and i >= 8 and received < getvariable('present_local') - to_days(40)
)
select place.k, 'invoice', candidate.k from place
join candidate on candidate.company = place.company and candidate.position = place.place_in_company
where kind_no = 2 and twin and j % 2 = 1;

-- Twins of two sites: one contract, one number a month with the site's letter, the same amount.
insert into vendor by name
select k, company, 'services' as class, 12 as n, if(company = 1, 'NL', if(company = 2, 'US', 'CN')) as country,
  'Cleaning' as category, 30 as terms_days, if(company = 1, 'sepa_credit_transfer', if(company = 2, 'ach', 'cn_domestic')) as channel,
  600 * money_factor as median, moment - interval '900 days' as created_at, true as planted
from place where kind_no = 3 and twin and j % 2 = 1;

insert into invoice_plan by name
select
  k + 1 + month * 2 + site as k, company, k as vendor_k, 'services' as class,
  (round(400 + 900 * u('sites', k)) * money_factor + 0.5)::decimal(18, 2) as amount,
  moment - to_days((30 * (5 - month) + 2)::integer) + to_minutes(site * 3) as received,
  (moment - to_days((30 * (5 - month) + 5)::integer))::date as invoiced_on, 30 as terms_days,
  (1200 + whole('site number', k, 8000) + month)::varchar || ['-A', '-B'][site + 1] as invoice_number,
  'invoice' as document_type, true as has_order, 'scripted' as path,
  moment - to_days((30 * (5 - month))::integer) + to_minutes(site * 7) as requested,
  'Cleaning, site ' || ['A', 'B'][site + 1] as text
from place, range(6) as months(month), range(2) as sites(site)
where kind_no = 3 and twin and j % 2 = 1;

insert into answer select k, 'invoice', k + 12 from place where kind_no = 3 and twin and j % 2 = 1;

-- The same invoice under a second master row of the vendor: a name written otherwise, one tax number.
insert into vendor by name
select place_host.k, place_host.company, 'services' as class, 1 as n, vendor.country,
  case when place_host.company = 3 then replace(vendor_name(place_host.vendor_k, 3, 'services'), '有限公司', '有限责任公司')
    else regexp_replace(vendor_name(place_host.vendor_k, place_host.company, 'services'), ' (B\.V\.|GmbH|N\.V\.|GmbH & Co\. KG|Inc\.|LLC|Corp\.)$', ' International') end as name,
  'T' || place_host.vendor_k::varchar as tax_id, vendor.category, 30 as terms_days, vendor.channel, vendor.median,
  moment - interval '160 days' as created_at, true as planted
from place_host join vendor on vendor.k = place_host.vendor_k where kind_no = 4 and not twin;

insert into invoice_plan by name
select k + 1 as k, company, k as vendor_k, 'services' as class, host_amount as amount, moment - interval '2 days' as received,
  host_invoiced_on as invoiced_on, 30 as terms_days, host_number as invoice_number, 'invoice' as document_type,
  false as has_order, 'scripted' as path, moment as requested, 'Invoice ' || host_number as text
from place_host where kind_no = 4 and not twin;

-- Twins: two unrelated small vendors happen to write the month as their number and a round price.
insert into vendor by name
select k + member * 5000 as k, company, 'one_time' as class, 1 as n, if(company = 1, 'NL', if(company = 2, 'US', 'CN')) as country,
  'Training' as category, 30 as terms_days, if(company = 1, 'sepa_credit_transfer', if(company = 2, 'ach', 'cn_domestic')) as channel,
  250 * money_factor as median, moment - interval '60 days' as created_at, true as planted
from place, range(2) as members(member) where kind_no = 4 and twin;

insert into invoice_plan by name
select k + 1 + member as k, company, k + member * 5000 as vendor_k, 'one_time' as class,
  (pick([250, 450, 600, 1200], 'price', k) * if(company = 3, 8, 1))::decimal(18, 2) as amount,
  moment - to_days((2 + 6 * (1 - member))::integer) as received, (moment - to_days((3 + 6 * (1 - member))::integer))::date as invoiced_on,
  30 as terms_days, strftime(moment, '%Y-%m') as invoice_number, 'invoice' as document_type, false as has_order,
  'scripted' as path, moment - to_days((6 * (1 - member))::integer) as requested, 'Workshop ' || strftime(moment, '%Y-%m') as text
from place, range(2) as members(member) where kind_no = 4 and twin;

insert into answer select k, 'invoice', k + if(twin, 2, 1) from place where kind_no = 4;
