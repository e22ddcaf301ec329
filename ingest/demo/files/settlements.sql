with line as (
  select payment_no, code, currency, end_to_end(payment_no) as reference,
    coalesce(settled_amount, paid_amount) as gross, fee(channel, paid_amount) as fee,
    executed_at + interval '1 day' + to_seconds(whole('settled', k, 20000)) as settled_at,
    'PO-' || code || '-' || strftime(executed, '%Y%m%d') as payout
  from payment where channel = 'payment_platform'
)
select
  'PX' || lpad(payment_no::varchar, 10, '0') as "Transaction ID", 'Paylane' as "Platform", code as "Merchant Account", payout as "Payout ID",
  'payment' as "Type", reference as "Our Reference", currency as "Currency", gross as "Gross", fee as "Fee", gross + fee as "Net",
  iso(settled_at) as "Settled At (UTC)"
from line where settled_at <= getvariable('present')
order by payment_no
