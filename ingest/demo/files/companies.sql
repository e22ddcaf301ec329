select code as "Company Code", name as "Company Name", currency as "Currency", country as "Country", zone as "Time Zone"
from company order by code
