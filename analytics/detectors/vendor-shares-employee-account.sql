-- One row per payment request to an account on which an employee's salary is paid.
with shared as (
  select
    request.*,
    person.employee_key,
    jaro_winkler_similarity(lower(coalesce(request.vendor_name, '')), lower(person.name)) as name_similarity,
    person.employee_key in (request.requested_by_key, request.entered_by_key) as is_involved
  from payment_flow as request
  join employee as person on person.account_token = request.account_token
  where not coalesce(person.is_service_account, false)
  qualify row_number() over (partition by request.payment_request_key order by person.employee_key) = 1
)
select
  account_token as partition_key,
  payment_request_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  if(is_involved, 0.99, 0.92) as score,
  amount as amount_at_stake,
  currency,
  [
    {
      'weight': 0.8, 'id': 'account_of_employee',
      'values': json_object('employee_key', employee_key::varchar),
      'actual': null, 'usual_low': null, 'usual_high': null, 'unit': ''
    },
    case when is_involved then {
      'weight': 0.2, 'id': 'employee_took_part',
      'values': json_object('employee_key', employee_key::varchar),
      'actual': null, 'usual_low': null, 'usual_high': null, 'unit': ''
    } end
  ] as reasons,
  [employee_key] as evidence_keys,
  requested_at as found_as_of
from shared
where name_similarity < $same_name_similarity
