select
  'D' || lpad((row_number() over (order by from_user, from_on, to_user))::varchar, 6, '0') as "Delegation No.",
  from_user as "Represented User", to_user as "Deputy",
  strftime(from_on, '%d.%m.%Y') as "From", strftime(from_on + length::integer, '%d.%m.%Y') as "To"
from delegation where from_on <= getvariable('present')::date and from_user <> to_user
order by 1
