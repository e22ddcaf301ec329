select
  vendor_no(vendor.k) as "Vendor No.", vendor.name as "Name", vendor.country as "Country",
  case when vendor.country = 'CN' then '91310' || lpad((hash(tax_id) % 10000000000000::ubigint)::varchar, 13, '0')
    else vendor.country || lpad((hash(tax_id) % 1000000000::ubigint)::varchar, 9, '0') || if(vendor.country = 'NL', 'B01', '') end as "Tax ID",
  pick(['Industrieweg', 'Hafenstraße', 'Market Street', 'Kerkstraat', '工业园路'], 'vendor street', vendor.k) || ' ' || (1 + whole('vendor house', vendor.k, 400))::varchar
    || ', ' || case vendor.country when 'CN' then '苏州' when 'US' then 'Columbus, OH' when 'GB' then 'Leeds' when 'DE' then 'Köln' when 'BE' then 'Gent' else 'Utrecht' end as "Address",
  'v' || vendor.k::varchar || '.' || lower(vendor.country) || '.example' as "E-mail Domain",
  category as "Category",
  case when discount_rate is null then 'Net ' || terms_days::varchar
    else rtrim(rtrim((discount_rate * 100)::decimal(6, 2)::varchar, '0'), '.') || '/' || discount_days::varchar || ' n' || terms_days::varchar end as "Payment Terms",
  channel as "Payment Method",
  if(class = 'one_time', 'Yes', 'No') as "One-Time", 'No' as "Payment Block",
  iso(utc(created_at, zone)) as "Created At (UTC)", created_by as "Created By"
from vendor join company on company.company = vendor.company
where utc(created_at, zone) <= getvariable('present')
order by vendor.k
