-- One row per invoice of the vendors in a range, vendor by vendor, in the order in which they came.
-- log_base is null for what no amount is compared with: reversals, credit notes, amounts without a rate.
select
  @key(candidate.invoice_key) as invoice,
  candidate.known_at,
  (candidate.amount_gross * 10000)::bigint as amount,
  case
    when flow.amount_base > 0 and flow.reversal_of_key is null and flow.document_type is distinct from 'credit'
      then ln(flow.amount_base::double)
  end as log_base,
  @code(candidate.currency) as currency,
  @key(candidate.company_key) as company,
  @code(flow.category) as category,
  case when candidate.is_comparable then @code(candidate.number_normal) end as number,
  candidate.compared_on::timestamp as compared_on,
  candidate.invoiced_on::timestamp as invoiced_on,
  candidate.taken_back_at,
  candidate.paid_at,
  candidate.requested_at,
  candidate.paid_on::timestamp as paid_on
from duplicate_candidate as candidate
join invoice_flow as flow on flow.invoice_key = candidate.invoice_key
where candidate.vendor_key between $first_vendor::uuid and $last_vendor::uuid
  and candidate.known_at >= $history_from::timestamp
order by candidate.vendor_key, candidate.known_at, candidate.invoice_key
