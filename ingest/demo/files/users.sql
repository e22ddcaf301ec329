select
  person.user_id as "User ID", person.name as "Name", role as "Role", department as "Department",
  company.code as "Company Code",
  case when manager_role_no is not null then person_id(person.company, manager_role_no,
    case manager_role_no when 8 then 0 when 7 then place % 3 when 6 then place % 6 else 1 + place % 9 end) end as "Manager",
  approval_limit::decimal(18, 2) as "Approval Limit",
  case when approval_limit is not null then person.currency end as "Limit Currency",
  'Yes' as "Active",
  if(is_service, 'Yes', 'No') as "Service Account",
  case when not is_service then salary_account end as "Salary Account",
  case when not is_service then pick(['Lindenweg', 'Parkstraat', 'Oak Avenue', 'Hoofdweg', '人民路'], 'street', person.k) || ' ' || (1 + whole('house', person.k, 180))::varchar end as "Home Address"
from person join company on company.company = person.company
order by person.k
