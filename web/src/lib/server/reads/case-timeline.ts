import type { Queryable } from '#analytics/table.ts';
import { m } from '#lib/paraglide/messages.js';
import type { Person } from '../auth/person.ts';
import type { AccountChange, CasePayment } from './case-payment.ts';
import { companyScope, inCompanies } from './company-scope.ts';
import { messageText } from '../message-text.ts';

/** One thing that happened on the way to a payment. */
export interface TimelineEntry {
  readonly at: string;
  /** False when the source knows only the day. */
  readonly has_time: boolean;
  readonly text: string;
  readonly who: string | null;
  /** Worth a second look: a change of account, a deputy, a repeat. */
  readonly hot: boolean;
  /** Still to come. */
  readonly planned: boolean;
}

const timelineLimit = 40;

/** What happened to a payment request, oldest first, from every source that saw it. */
export async function readTimeline(
  warehouse: Queryable,
  person: Person,
  payment: CasePayment,
  context: { account: AccountChange | null; due_at: string | null; found_as_of: string | null },
): Promise<TimelineEntry[]> {
  const steps = await warehouse.rows(
    `select step.activity, step.action, step.occurred_at, step.is_repeat,
       step.time_precision, actor.name as actor_name, owner.name as on_behalf_of_name
     from approval_step as step
     left join employee as actor on actor.employee_key = step.actor_key
     left join employee as owner on owner.employee_key = step.on_behalf_of_key
     where step.payment_request_key = $key::uuid and ${inCompanies('step.company_key')}
     order by step.occurred_at, step.position limit ${timelineLimit}`,
    { key: payment.payment_request_key, ...companyScope(person) },
  );
  const entries: TimelineEntry[] = steps.map((step) => ({
    at: String(step['occurred_at']),
    has_time: step['time_precision'] !== 'date',
    text: stepText(String(step['activity']), String(step['action'])),
    who: whoActed(step['actor_name'], step['on_behalf_of_name']),
    hot: step['on_behalf_of_name'] !== null || step['is_repeat'] === true,
    planned: false,
  }));
  if (steps.length === 0) entries.push(entry(payment.requested_at, m.triage_timeline_requested()));
  if (payment.received_at !== null) {
    const number = payment.invoice_number ?? '–';
    entries.push(entry(payment.received_at, m.triage_timeline_received({ number })));
  }
  const changedAt = context.account?.before == null ? null : context.account.now.valid_from;
  if (changedAt !== null) {
    entries.push({
      ...entry(changedAt, m.triage_timeline_account_changed()),
      who: context.account?.now.changed_by_name ?? null,
      hot: true,
    });
  }
  if (context.found_as_of !== null) {
    entries.push({ ...entry(context.found_as_of, m.triage_timeline_flagged()), hot: true });
  }
  if (payment.executed_at !== null) {
    entries.push(entry(payment.executed_at, m.triage_timeline_paid()));
  } else if (context.due_at !== null) {
    entries.push({ ...entry(context.due_at, m.triage_timeline_run()), planned: true });
  }
  return entries.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

const entry = (at: string, text: string): TimelineEntry => ({
  at,
  has_time: !/T00:00:00(\.0+)?Z$/.test(at),
  text,
  who: null,
  hot: false,
  planned: false,
});

/** The step's own name from the source, and what it did where the name does not say so. */
function stepText(activity: string, action: string): string {
  const done = messageText('triage_step_', action);
  return activity.toLowerCase().includes(done.toLowerCase()) ? activity : `${activity} · ${done}`;
}

function whoActed(actor: unknown, owner: unknown): string | null {
  if (typeof actor !== 'string') return null;
  return typeof owner === 'string' ? m.triage_timeline_deputy({ actor, owner }) : actor;
}
