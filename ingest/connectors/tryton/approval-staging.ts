import type { Staging } from '../../connector.ts';
import { decisionNote } from './ledger-staging.ts';

/** The history of payments: one trace per payment, put together from what the server keeps of it. */
export function approvalStaging(): Staging[] {
  return [
    event('payment', submitted),
    event('payment', processed),
    event('click', clicked),
    event('note', noted),
    event('amount_change', amountChanged),
  ];
}

function event(stream: string, sql: string): Staging {
  return { record: 'approval_event', streams: [stream], sql };
}

/** Whoever creates a payment submits it: a draft is what waits for approval. */
const submitted = `
select
  'submit-' || id as approval_event_id,
  'payment_approval' as process,
  id as trace_id,
  id as payment_request_id,
  company as company_id,
  '0' as sequence,
  'Submit payment' as activity,
  'submitted' as action,
  create_uid as actor_id,
  create_date as occurred_at,
  'millisecond' as time_precision,
  _row, _batch_id
from payment`;

const processed = `
select
  'process-' || id as approval_event_id,
  'payment_approval' as process,
  id as trace_id,
  id as payment_request_id,
  company as company_id,
  '2000000000' as sequence,
  'Process payment' as activity,
  'released' as action,
  "group.create_uid" as actor_id,
  "group.create_date" as occurred_at,
  'millisecond' as time_precision,
  _row, _batch_id
from payment
where "group" is not null`;

/** A recorded click proves the attempt; what became of it is the payment's state. */
const clicked = `
select
  'click-' || id as approval_event_id,
  'payment_approval' as process,
  record_id as trace_id,
  record_id as payment_request_id,
  id as sequence,
  case "button.name"
    when 'approve' then 'Approve payment'
    when 'draft' then 'Send back to draft'
    when 'succeed' then 'Note success'
    when 'fail' then 'Note failure'
    else "button.name"
  end as activity,
  case "button.name"
    when 'approve' then 'approved'
    when 'draft' then 'returned'
    when 'succeed' then 'settled'
    when 'fail' then 'cancelled'
    else 'other'
  end as action,
  "user" as actor_id,
  create_date as occurred_at,
  'millisecond' as time_precision,
  _row, _batch_id
from click`;

/** Decisions carried back from here; releases are clicks. */
const noted = `
select
  'note-' || id as approval_event_id,
  'payment_approval' as process,
  "resource.id" as trace_id,
  "resource.id" as payment_request_id,
  id as sequence,
  case regexp_extract(message, ${decisionNote}, 1)
    when 'hold' then 'Hold payment' when 'refer' then 'Refer payment back' when 'reject' then 'Reject payment'
    else 'Note a release'
  end as activity,
  case regexp_extract(message, ${decisionNote}, 1)
    when 'hold' then 'blocked' when 'refer' then 'returned' when 'reject' then 'rejected' else 'other'
  end as action,
  create_uid as actor_id,
  create_date as occurred_at,
  message as comment,
  'millisecond' as time_precision,
  _row, _batch_id
from note
where regexp_matches(message, ${decisionNote})`;

/** Seen by comparing with what was there before: the server keeps no history of amounts. */
const amountChanged = `
select
  'amount-' || payment || '-' || changed_at as approval_event_id,
  'payment_approval' as process,
  payment as trace_id,
  payment as payment_request_id,
  company as company_id,
  '1000000000' as sequence,
  'Change amount' as activity,
  'changed' as action,
  changed_by as actor_id,
  changed_at as occurred_at,
  currency,
  amount_after as amount,
  amount_before || ' → ' || amount_after || coalesce(' ' || currency, '') as comment,
  'millisecond' as time_precision,
  _row, _batch_id
from amount_change`;
