import type { Queryable } from '#analytics/table.ts';
import { m } from '#lib/paraglide/messages.js';
import { whoMayConfirm } from '../control/approval-plan.ts';
import { afterWorkingHours } from '../control/working-hours.ts';
import { approvalToken } from '../approval-link.ts';
import { inLocale } from '../in-locale.ts';
import { html } from '../mail/html.ts';
import type { MailTransport } from '../mail/mail-transport.ts';
import { listPeople, type Person } from '../auth/person.ts';
import { can } from '../auth/permissions.ts';
import { appendAudit } from '../state/audit.ts';
import { caseOf, type LockedCase } from '../state/case-row.ts';
import { councilFor } from '../state/council.ts';
import type { Queries, State } from '../state/database.ts';
import { requestById, type StoredRequest } from '../state/decision-request.ts';

/** Working hours after which those who may confirm are reminded, and the chief financial officers told. */
export const remindAfterHours = 4;
export const escalateAfterHours = 8;
/** Requests looked at in one run. */
const requestLimit = 500;

interface Reminding {
  readonly state: State;
  readonly warehouse: Queryable;
  readonly transport: MailTransport | null;
  readonly url: string;
  /** Signs the links of the mails. */
  readonly secret: string;
  /** UTC ISO. */
  readonly now: string;
}

/** Sends what is due; each reminder and escalation reaches each person once. Gives the number sent. */
export async function remindConfirmations(options: Reminding): Promise<number> {
  const waiting = await options.state.query<{ confirmation_id: string; company_key: string }>(
    `select confirmation_id, company_key from confirmation
     where kind = 'decision' and state = 'pending' order by asked_at, confirmation_id limit $1`,
    [requestLimit],
  );
  const places = await placesOf(options.warehouse);
  let noticed = 0;
  for (const { confirmation_id, company_key } of waiting) {
    const asked = await requestById(options.state, confirmation_id);
    const found = asked && (await caseOf(options.state, asked.case_number));
    if (!asked || !found) continue;
    const place = places.get(company_key) ?? { time_zone: 'UTC', country: null };
    for (const kind of ['remind', 'escalate'] as const) {
      const hours = kind === 'remind' ? remindAfterHours : escalateAfterHours;
      if (afterWorkingHours(asked.asked_at, hours, place) > options.now) continue;
      for (const person of await addressees(options.state, kind, asked, found)) {
        if (await notice(options, { kind, asked, found, person })) noticed += 1;
      }
    }
  }
  return noticed;
}

/** Reminded are those whose confirmation would count; an escalation goes to the CFOs of the entity. */
async function addressees(
  queries: Queries,
  kind: 'remind' | 'escalate',
  asked: StoredRequest,
  found: LockedCase,
): Promise<Person[]> {
  const people = await listPeople(queries);
  if (kind === 'escalate') {
    return people.filter(
      (one) => one.roles.includes('cfo') && can(one, 'cases.read', found.company_key),
    );
  }
  const council = await councilFor(queries, found);
  const who = whoMayConfirm(asked.plan, council, { decider: asked.asked_by, votes: asked.votes });
  return people.filter((one) => who.includes(one.user_id));
}

interface Notice {
  readonly kind: 'remind' | 'escalate';
  readonly asked: StoredRequest;
  readonly found: LockedCase;
  readonly person: Person;
}

/** Noted first, mailed then: a crash in between loses a mail, it never sends two. */
async function notice(options: Reminding, what: Notice): Promise<boolean> {
  const { asked, person, kind } = what;
  const key = [asked.confirmation_id, kind, person.user_id];
  const isNew = await options.state.transaction(async (queries) => {
    const noted = await queries.query(
      `insert into confirmation_notice (confirmation_id, kind, user_id, noticed_at, mail)
       values ($1, $2, $3, $4, $5) on conflict do nothing returning user_id`,
      [...key, options.now, options.transport === null ? 'none' : 'sending'],
    );
    if (noted.length === 0) return false;
    await appendAudit(queries, {
      actor: 'system:remind',
      action: kind === 'remind' ? 'decision.reminded' : 'decision.escalated',
      subject: asked.case_number,
      before: null,
      after: {
        decision_id: asked.confirmation_id,
        to: person.email,
        policy_version: asked.policy_version,
      },
    });
    return true;
  });
  if (!isNew) return false;
  if (options.transport !== null) {
    const result = await options.transport.send(mailOf(options, what));
    await options.state.query(
      `update confirmation_notice set mail = $4
       where confirmation_id = $1 and kind = $2 and user_id = $3`,
      [...key, result.outcome],
    );
  }
  return true;
}

function mailOf({ url, secret, now }: Reminding, { kind, asked, found, person }: Notice) {
  const about = { confirmation_id: asked.confirmation_id, user_id: person.user_id };
  const token = approvalToken(secret, about, new Date(now));
  return inLocale(person.locale === 'zh-CN' ? 'zh-CN' : 'en', () => {
    const values = { case: asked.case_number };
    const subject =
      kind === 'remind' ? m.control_mail_remind(values) : m.control_mail_escalate(values);
    const amount = found.amount === null ? '–' : `${found.currency ?? ''} ${found.amount}`.trim();
    const text = m.control_mail_text({ ...values, amount });
    // An escalation also reaches people whose own answer would not count: they see the case.
    const href =
      kind === 'remind'
        ? `${url}/answer?token=${token}`
        : `${url}/triage/${asked.case_number}?view=all#decide`;
    return {
      to: { name: person.name, address: person.email },
      subject,
      plain: `${text}\n\n${href}\n`,
      html: html`<p>${text}</p>
        <p><a href="${href}">${m.control_mail_open()}</a></p>`.text,
      messageId: `<${kind}.${asked.confirmation_id}.${person.user_id}@quittance.local>`,
    };
  });
}

async function placesOf(
  warehouse: Queryable,
): Promise<Map<string, { time_zone: string; country: string | null }>> {
  const rows = await warehouse.rows(
    "select company_key::varchar as company_key, coalesce(time_zone, 'UTC') as time_zone, country from company",
  );
  return new Map(
    rows.map((row) => [
      String(row['company_key']),
      {
        time_zone: String(row['time_zone']),
        country: row['country'] === null ? null : String(row['country']),
      },
    ]),
  );
}
