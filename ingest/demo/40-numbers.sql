-- The vendors' own invoice numbers: each vendor counts in its own way. A vendor whose only customer
-- we are counts by one; others leave gaps for their other customers.
create macro number_step(class, k) as
  if(class in ('recurring', 'utility', 'customs'), 1, 4 + whole('step', k, 40));

create macro number_text(k, seq, year) as (
  case whole('pattern', k, 4)
    when 0 then pick(['RE', 'INV', 'F', 'SI'], 'prefix', k) || '-' || year::varchar || '-' || lpad((seq)::varchar, 5, '0')
    when 1 then (40000000 + whole('base', k, 5000) * 10000 + seq)::varchar
    when 2 then pick(['R', 'INV', 'FV', 'A'], 'prefix', k) || lpad((seq)::varchar, 6, '0')
    else (year)::varchar || '/' || lpad((seq)::varchar, 6, '0')
  end
);

create macro first_number(k) as 100 + whole('first number', k, 70000);

update invoice_plan set invoice_number = number_text(
  vendor_k,
  first_number(vendor_k) + i * number_step(class, vendor_k) + whole('gap', k, number_step(class, vendor_k) - 1),
  year(invoiced_on)
);
