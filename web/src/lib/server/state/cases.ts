import type { Reason } from '#analytics/detectors/detector.ts';
import type { CaseState, DeliveryState } from '#lib/decisions.ts';
import { can } from '../auth/permissions.ts';
import { listPeople, type Person } from '../auth/person.ts';
import { appendAudit } from './audit.ts';
import type { Queries, State } from './database.ts';
import { inScope, lockCase } from './case-row.ts';
import { decisionsOf, type Decision } from './decisions.ts';

/** A case as lists show it: the findings that tell one story about one subject. */
export interface Case {
  readonly case_number: string;
  readonly story_key: string;
  readonly payment_request_key: string | null;
  readonly payment_request_id: string | null;
  readonly invoice_key: string | null;
  readonly vendor_key: string | null;
  readonly company_key: string;
  /** What the row says: names and numbers as they were when the case was last brought up to date. */
  readonly title: CaseTitle;
  readonly detectors: readonly string[];
  /** 0..1, higher = more suspicious. */
  readonly score: number;
  /** Probability times amount at stake, group currency; null when the amount is not known. */
  readonly expected_loss: string | null;
  readonly amount: string | null;
  readonly currency: string | null;
  /** Amount in group currency. */
  readonly amount_base: string | null;
  readonly base_currency: string | null;
  readonly state: CaseState;
  readonly assignee: string | null;
  readonly assignee_name: string | null;
  readonly due_at: string | null;
  readonly snoozed_until: string | null;
  /** The case it is decided with; null when it stands for itself. */
  readonly merged_into: string | null;
  /** Cases decided with this one. */
  readonly member_count: number;
  /** What their payments sum to, group currency; null when there are none or an amount is not known. */
  readonly members_amount_base: string | null;
  readonly members_expected_loss: string | null;
  readonly opened_at: string;
  readonly updated_at: string;
  /** Grows with every change; a decision names the version it saw. */
  readonly version: number;
  /** Latest decision that was not undone, and how far it got. */
  readonly decision_id: string | null;
  readonly action: string | null;
  readonly verdict: string | null;
  readonly delivery: DeliveryState | null;
  readonly delivery_error: string | null;
  /** A release waits for a second person. */
  readonly is_asked: boolean;
}

export interface CaseTitle {
  readonly vendor_name: string | null;
  readonly invoice_number: string | null;
  readonly company_name: string | null;
}

/** A finding as it was when it entered the case. */
export interface CaseFinding {
  readonly finding_key: string;
  readonly detector: string;
  readonly score: number;
  readonly amount_at_stake: string | null;
  readonly currency: string | null;
  readonly reasons: readonly Reason[];
  readonly found_as_of: string;
}

export interface CaseComment {
  readonly comment_id: string;
  readonly author_name: string;
  readonly body: string;
  readonly written_at: string;
}

/** A case with everything its detail page needs from the state. */
export interface CaseDetail extends Case {
  readonly findings: readonly CaseFinding[];
  readonly comments: readonly CaseComment[];
  readonly decisions: readonly Decision[];
  /** What the ERP last answered us; null when it never did. Newer than the warehouse until the next extract. */
  readonly erp_status: string | null;
  readonly erp_version: number | null;
}

export const caseViews = ['open', 'mine', 'waiting', 'snoozed', 'decided', 'all'] as const;
export type CaseView = (typeof caseViews)[number];

export interface CaseFilter {
  readonly view: CaseView;
  readonly company_key?: string | null;
  readonly detector?: string | null;
  readonly search?: string | null;
  /** Leaves out cases whose expected loss is known and smaller, group currency. */
  readonly least_loss?: number | null;
  readonly limit: number;
  readonly offset?: number;
}

const caseColumns = `
  c.case_number, c.story_key, c.payment_request_key, c.payment_request_id, c.invoice_key, c.vendor_key,
  c.company_key, c.title, c.score, c.expected_loss, c.amount, c.currency, c.amount_base, c.base_currency, c.state,
  c.assignee, a.name as assignee_name, c.due_at, c.snoozed_until, c.merged_into,
  coalesce(members.member_count, 0) as member_count, members.members_amount_base, members.members_expected_loss, c.opened_at, c.updated_at, c.version,
  coalesce((select array_agg(distinct f.detector order by f.detector) from case_finding f
            where f.case_number = c.case_number), '{}') as detectors,
  d.decision_id, d.action, d.verdict, o.state as delivery, o.last_error as delivery_error,
  exists (select from confirmation r where r.case_number = c.case_number
    and r.kind = 'decision' and r.state = 'pending') as is_asked`;

const caseSource = `
  from cases c
  left join "user" a on a.id = c.assignee
  left join lateral (
    select decision_id, action, verdict from decision
    where decision.case_number = c.case_number and undone_at is null
    order by decided_at desc, decision_id limit 1
  ) d on true
  left join outbox o on o.decision_id = d.decision_id
  left join lateral (
    select count(*) as member_count, sum(joined.amount_base) as members_amount_base,
      sum(joined.expected_loss) as members_expected_loss
    from cases joined where joined.merged_into = c.case_number
  ) members on true`;

/** Cases a person may see, the largest expected loss first. */
export async function listCases(
  queries: Queries,
  person: Person,
  filter: CaseFilter,
): Promise<{ cases: Case[]; total: number }> {
  const where = `${inScope} and (c.merged_into is null or $2 = 'all')
    and ($2 = 'all' or ($2 = 'mine' and c.assignee = $3 and c.state <> 'decided') or c.state = $2)
    and ($4::uuid is null or c.company_key = $4)
    and ($5::text is null or exists (
      select from case_finding f where f.case_number = c.case_number and f.detector = $5))
    and ($6::text is null or c.case_number ilike $6 or c.payment_request_id ilike $6
      or c.title->>'vendor_name' ilike $6 or c.title->>'invoice_number' ilike $6)
    and ($7::double precision is null or c.expected_loss is null or c.expected_loss >= $7
      or exists (select from cases joined where joined.merged_into = c.case_number))`;
  const values = [
    person.company_keys,
    filter.view,
    person.user_id,
    filter.company_key ?? null,
    filter.detector ?? null,
    filter.search ? `%${filter.search.replace(/[\\%_]/g, '\\$&')}%` : null,
    filter.least_loss ?? null,
  ];
  const cases = await queries.query<Case>(
    `select ${caseColumns} ${caseSource} where ${where}
     order by c.expected_loss + coalesce(members.members_expected_loss, 0) desc nulls last,
       c.score desc, c.case_number limit $8 offset $9`,
    [...values, filter.limit, filter.offset ?? 0],
  );
  const counted = await queries.query<{ total: number }>(
    `select count(*) as total from cases c where ${where}`,
    values,
  );
  return { cases, total: counted[0]?.total ?? 0 };
}

/** How many open cases stay below a line of expected loss, group currency. */
export async function casesBelow(
  queries: Queries,
  person: Person,
  least_loss: number,
): Promise<number> {
  const [row] = await queries.query<{ below: number }>(
    `select count(*) as below from cases c
     where ${inScope} and c.state = 'open' and c.merged_into is null and c.expected_loss < $2
       and not exists (select from cases joined where joined.merged_into = c.case_number)`,
    [person.company_keys, least_loss],
  );
  return row?.below ?? 0;
}

/** How many cases each view holds for this person. */
export async function caseCounts(
  queries: Queries,
  person: Person,
): Promise<Record<CaseView, number>> {
  const rows = await queries.query<Record<CaseView, number>>(
    `select
       count(*) filter (where c.state = 'open' and c.merged_into is null) as open,
       count(*) filter (where c.assignee = $2 and c.state <> 'decided' and c.merged_into is null) as mine,
       count(*) filter (where c.state = 'waiting' and c.merged_into is null) as waiting,
       count(*) filter (where c.state = 'snoozed' and c.merged_into is null) as snoozed,
       count(*) filter (where c.state = 'decided' and c.merged_into is null) as decided,
       count(*) as "all"
     from cases c where ${inScope}`,
    [person.company_keys, person.user_id],
  );
  return rows[0] ?? { open: 0, mine: 0, waiting: 0, snoozed: 0, decided: 0, all: 0 };
}

/** One case in full; null when it does not exist or is out of the person's scope. */
export async function getCase(
  queries: Queries,
  person: Person,
  caseNumber: string,
): Promise<CaseDetail | null> {
  const rows = await queries.query<Case & { source: string | null }>(
    `select ${caseColumns}, c.source ${caseSource} where ${inScope} and c.case_number = $2`,
    [person.company_keys, caseNumber],
  );
  const [found] = rows;
  if (found === undefined) return null;
  const { source, ...shown } = found;
  const [findings, comments, decisions, answers] = await Promise.all([
    queries.query<CaseFinding>(
      `select finding_key, detector, score, amount_at_stake, currency, reasons, found_as_of
       from case_finding where case_number = $1 order by score desc, finding_key`,
      [caseNumber],
    ),
    queries.query<CaseComment>(
      `select comment_id, u.name as author_name, body, written_at
       from case_comment join "user" u on u.id = author
       where case_number = $1 order by written_at, comment_id`,
      [caseNumber],
    ),
    decisionsOf(queries, caseNumber),
    queries.query<{ erp_status: string; erp_version: number }>(
      `select erp_status, erp_version from outbox
       where source = $1 and payment_request_id = $2 and erp_version is not null
       order by erp_version desc limit 1`,
      [source, found.payment_request_id],
    ),
  ]);
  return {
    ...shown,
    findings,
    comments,
    decisions,
    erp_status: answers[0]?.erp_status ?? null,
    erp_version: answers[0]?.erp_version ?? null,
  };
}

export type CaseChangeResult =
  | { readonly outcome: 'done'; readonly case_version: number }
  | { readonly outcome: 'not_found' }
  | { readonly outcome: 'forbidden' }
  | { readonly outcome: 'changed'; readonly case_version: number };

/** People who may work on a case of this legal entity, by name. */
export async function assignableTo(queries: Queries, companyKey: string): Promise<Person[]> {
  const people = await listPeople(queries);
  return people.filter((person) => can(person, 'cases.comment', companyKey));
}

/** Gives the case to somebody, or to nobody. */
export function assignCase(
  state: State,
  person: Person,
  input: { case_number: string; case_version: number; assignee: string | null },
): Promise<CaseChangeResult> {
  return changeCase(state, person, input, {
    action: 'case.assigned',
    set: 'assignee = $2',
    value: input.assignee,
    shown: 'assignee',
  });
}

/** Puts the case away until a time (UTC ISO), or until its expected loss has grown; null brings it back. */
export function snoozeCase(
  state: State,
  person: Person,
  input: { case_number: string; case_version: number; until: string | null },
): Promise<CaseChangeResult> {
  return changeCase(state, person, input, {
    action: 'case.snoozed',
    set: `snoozed_until = $2::timestamptz, snoozed_loss = expected_loss, state = case
            when state not in ('open', 'snoozed') then state
            when $2::timestamptz is null then 'open' else 'snoozed' end`,
    value: input.until,
    shown: 'snoozed_until',
  });
}

async function changeCase(
  state: State,
  person: Person,
  input: { case_number: string; case_version: number },
  change: {
    action: string;
    set: string;
    value: string | null;
    shown: 'assignee' | 'snoozed_until';
  },
): Promise<CaseChangeResult> {
  return state.transaction(async (queries) => {
    const found = await lockCase(queries, person, input.case_number);
    if (found === null) return { outcome: 'not_found' };
    if (!can(person, 'cases.comment', found.company_key)) return { outcome: 'forbidden' };
    if (found.version !== input.case_version) {
      return { outcome: 'changed', case_version: found.version };
    }
    await queries.query(
      `update cases set ${change.set}, version = version + 1, updated_at = current_timestamp
       where case_number = $1`,
      [input.case_number, change.value],
    );
    await appendAudit(queries, {
      actor: person.user_id,
      action: change.action,
      subject: input.case_number,
      before: { [change.shown]: found[change.shown] },
      after: { [change.shown]: change.value },
    });
    return { outcome: 'done', case_version: found.version + 1 };
  });
}

/** Adds a remark to a case. */
export async function commentOnCase(
  state: State,
  person: Person,
  input: { case_number: string; body: string },
): Promise<CaseChangeResult | { readonly outcome: 'invalid'; readonly field: 'body' }> {
  const body = input.body.trim();
  if (body.length === 0 || body.length > 4_000) return { outcome: 'invalid', field: 'body' };
  return state.transaction(async (queries) => {
    const found = await lockCase(queries, person, input.case_number);
    if (found === null) return { outcome: 'not_found' };
    if (!can(person, 'cases.comment', found.company_key)) return { outcome: 'forbidden' };
    await queries.query(
      'insert into case_comment (case_number, author, body) values ($1, $2, $3)',
      [input.case_number, person.user_id, body],
    );
    await appendAudit(queries, {
      actor: person.user_id,
      action: 'case.commented',
      subject: input.case_number,
      before: null,
      after: { body },
    });
    return { outcome: 'done', case_version: found.version };
  });
}
