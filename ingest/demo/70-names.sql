-- How the ERP writes keys and times, and which detectors are asked to see each kind.
create macro iso(t) as strftime(t, '%Y-%m-%dT%H:%M:%SZ');
create macro vendor_no(k) as 'V' || k::varchar;
create macro document_id(document_no) as (5100000000 + document_no)::varchar;
create macro request_id(request_no) as 'PR-' || lpad(request_no::varchar, 8, '0');
create macro end_to_end(payment_no) as 'E2E' || (2000000000 + payment_no)::varchar;
create macro in_xml(text) as replace(replace(replace(replace(text, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;');

create table expected as
select * from (values
  ('duplicate_exact', 'duplicate_invoice_exact'),
  ('duplicate_number_typo', 'duplicate_invoice_similar_number'),
  ('duplicate_affix', 'duplicate_invoice_similar_number'),
  ('duplicate_other_vendor', 'duplicate_invoice_other_vendor'),
  ('duplicate_amount_transposed', 'duplicate_invoice_similar_amount'),
  ('bank_change_before_payment', 'bank_account_change_before_payment'),
  ('bank_flip_flop', 'bank_account_flip_flop|bank_account_change_before_payment'),
  ('split_below_limit', 'split_below_limit'),
  ('just_below_limit', 'just_below_limit'),
  ('self_approval', 'self_approval'),
  ('segregation_of_duties', 'segregation_of_duties'),
  ('approval_after_payment', 'approval_after_payment'),
  ('approver_over_limit', 'approver_over_limit'),
  ('lookalike_vendor', 'lookalike_vendor'),
  ('vendor_shares_employee_account', 'vendor_shares_employee_account'),
  ('new_vendor_large_payment', 'new_vendor_large_payment'),
  ('dormant_vendor', 'dormant_vendor'),
  ('decimal_slip', 'decimal_slip|unusual_amount'),
  ('unusual_amount', 'unusual_amount|decimal_slip'),
  ('off_hours_approval', 'off_hours_approval'),
  ('rubber_stamp', 'rubber_stamp'),
  ('missed_discount', 'missed_discount'),
  ('wrong_channel', 'cheaper_channel'),
  ('settlement_differs', 'settlement_differs'),
  ('urgent_outside_run', 'urgent_outside_run'),
  ('waiting_for_run', 'waiting_for_payment_run')
) as t(kind, detectors);
