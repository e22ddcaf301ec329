select rate_on as "Date", from_currency as "From", 'EUR' as "To", rate as "Rate" from fx order by rate_on, from_currency
