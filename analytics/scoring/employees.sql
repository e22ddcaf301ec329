-- One row per employee, by key.
select
  employee_key::varchar as employee_key,
  name,
  @key(company_key) as company,
  @code(limit_currency) as limit_currency,
  (approval_limit * 10000)::bigint as approval_limit,
  coalesce(is_service_account, false) as is_service_account,
  @code(account_token) as account
from employee
order by employee_key
