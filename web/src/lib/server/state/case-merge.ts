import { can } from '../auth/permissions.ts';
import type { Person } from '../auth/person.ts';
import { appendAudit } from './audit.ts';
import { inScope, lockCase, type LockedCase } from './case-row.ts';
import type { CaseChangeResult, CaseTitle } from './cases.ts';
import type { Queries, State } from './database.ts';

/** A case that is, or could be, decided together with another. */
export interface RelatedCase {
  readonly case_number: string;
  readonly version: number;
  readonly payment_request_key: string | null;
  readonly payment_request_id: string | null;
  readonly title: CaseTitle;
  readonly detectors: readonly string[];
  readonly amount: string | null;
  readonly currency: string | null;
  readonly amount_base: string | null;
}

export type MergeResult =
  | CaseChangeResult
  /** `into` is no case that this one can join: unknown, of another entity, decided or itself merged. */
  | { readonly outcome: 'invalid'; readonly field: 'into' };

/** Cases of one vendor and leading detector found within this many days tell one story. */
export const storyWindowDays = 14;

const relatedColumns = `
  c.case_number, c.version, c.payment_request_key, c.payment_request_id, c.title, c.amount, c.currency,
  c.amount_base, (select array_agg(distinct f.detector order by f.detector) from case_finding f
                  where f.case_number = c.case_number) as detectors`;

/** The cases that are decided with this one. Scope is the caller's: ask for cases the person has seen. */
export function membersOf(queries: Queries, caseNumber: string): Promise<RelatedCase[]> {
  return queries.query(
    `select ${relatedColumns} from cases c where c.merged_into = $1 order by c.case_number`,
    [caseNumber],
  );
}

/** What the same person decided about the cases merged into one, with it or after it. */
export async function decisionsOfMembers(
  queries: Queries,
  person: Person,
  decisionId: string,
): Promise<string[]> {
  const rows = await queries.query<{ decision_id: string }>(
    `select d.decision_id from decision lead
     join cases c on c.merged_into = lead.case_number
     join decision d on d.case_number = c.case_number and d.undone_at is null
       and d.decided_by = lead.decided_by and d.decided_at >= lead.decided_at
     where lead.decision_id = $1 and lead.decided_by = $2`,
    [decisionId, person.user_id],
  );
  return rows.map((row) => row.decision_id);
}

/** Other undecided cases of the same entity and vendor, which this one could join. */
export function mergeCandidates(
  queries: Queries,
  person: Person,
  caseNumber: string,
): Promise<RelatedCase[]> {
  return queries.query(
    `select ${relatedColumns} from cases c join cases here on here.case_number = $2
     where ${inScope} and c.case_number <> $2 and c.merged_into is null and c.state <> 'decided'
       and c.company_key = here.company_key and c.vendor_key = here.vendor_key
     order by c.expected_loss desc nulls last, c.case_number limit 8`,
    [person.company_keys, caseNumber],
  );
}

/**
 * Lets a case be decided together with another, its lead. Cases merged into it before follow.
 * Both get a new version: a decision about either as it was before is refused.
 */
export function mergeCase(
  state: State,
  person: Person,
  input: { case_number: string; case_version: number; into: string },
): Promise<MergeResult> {
  return state.transaction(async (queries) => {
    const [found, lead] = await lockBoth(queries, person, input.case_number, input.into);
    if (found === null) return { outcome: 'not_found' };
    if (!can(person, 'cases.comment', found.company_key)) return { outcome: 'forbidden' };
    if (found.version !== input.case_version)
      return { outcome: 'changed', case_version: found.version };
    if (lead === null || !canJoin(found, lead)) return { outcome: 'invalid', field: 'into' };
    await join(queries, person.user_id, [found.case_number], lead.case_number);
    return { outcome: 'done', case_version: found.version + 1 };
  });
}

/** Gives a merged case its own place in the queue again. */
export function splitCase(
  state: State,
  person: Person,
  input: { case_number: string; case_version: number },
): Promise<CaseChangeResult> {
  return state.transaction(async (queries) => {
    const found = await lockCase(queries, person, input.case_number);
    if (found === null || found.merged_into === null) return { outcome: 'not_found' };
    if (!can(person, 'cases.comment', found.company_key)) return { outcome: 'forbidden' };
    if (found.version !== input.case_version)
      return { outcome: 'changed', case_version: found.version };
    await queries.query(
      `update cases set merged_into = null, version = version + 1, updated_at = current_timestamp
       where case_number = $1`,
      [found.case_number],
    );
    await newVersion(queries, found.merged_into);
    await appendAudit(queries, {
      actor: person.user_id,
      action: 'case.split',
      subject: found.case_number,
      before: { merged_into: found.merged_into },
      after: { merged_into: null },
    });
    return { outcome: 'done', case_version: found.version + 1 };
  });
}

/**
 * Gives every case that was to be decided with its lead and was not its own place in the queue again:
 * a refused one, and one that has nothing to decide in the ERP. None may stay behind a decided lead.
 */
export function splitUndecided(state: State, person: Person, lead: string): Promise<string[]> {
  return state.transaction(async (queries) => {
    const left = await queries.query<{ case_number: string }>(
      `update cases c set merged_into = null, version = version + 1, updated_at = current_timestamp
       where ${inScope} and c.merged_into = $2 and c.state in ('open', 'snoozed')
       returning c.case_number`,
      [person.company_keys, lead],
    );
    for (const { case_number } of left) {
      await appendAudit(queries, {
        actor: person.user_id,
        action: 'case.split',
        subject: case_number,
        before: { merged_into: lead },
        after: { merged_into: null },
      });
    }
    return left.map((one) => one.case_number);
  });
}

/**
 * Joins new cases to the story they continue: same entity, vendor and leading detector, found within
 * `storyWindowDays` of the lead, which is the oldest undecided case of that story.
 */
export async function joinStories(
  queries: Queries,
  opened: readonly string[],
  actor: string,
): Promise<void> {
  if (opened.length === 0) return;
  const rows = await queries.query<{
    case_number: string;
    story: string;
    found_as_of: string;
    is_new: boolean;
  }>(
    `select c.case_number, concat_ws(' ', c.company_key, c.vendor_key, lead.detector) as story,
       lead.found_as_of, c.case_number = any($1) as is_new
     from cases c
     cross join lateral (
       select detector, found_as_of from case_finding f where f.case_number = c.case_number
       order by score desc, finding_key limit 1) lead
     where c.vendor_key is not null and c.merged_into is null and c.state = 'open'
       and c.vendor_key in (select vendor_key from cases where case_number = any($1))
     order by lead.found_as_of, substring(c.case_number from 3)::bigint`,
    [opened],
  );
  const leads = new Map<string, { case_number: string; at: number }>();
  const followers = new Map<string, string[]>();
  for (const row of rows) {
    const at = Date.parse(row.found_as_of);
    const lead = leads.get(row.story);
    if (lead === undefined || at - lead.at > storyWindowDays * 86_400_000) {
      leads.set(row.story, { case_number: row.case_number, at });
    } else if (row.is_new) {
      const group = followers.get(lead.case_number) ?? [];
      group.push(row.case_number);
      followers.set(lead.case_number, group);
    }
  }
  for (const [lead, group] of followers) await join(queries, actor, group, lead);
}

function canJoin(found: LockedCase, lead: LockedCase): boolean {
  return (
    lead.case_number !== found.case_number &&
    lead.company_key === found.company_key &&
    lead.merged_into === null &&
    lead.state !== 'decided' &&
    found.state !== 'decided'
  );
}

async function join(
  queries: Queries,
  actor: string,
  caseNumbers: readonly string[],
  lead: string,
): Promise<void> {
  await queries.query(
    `update cases set merged_into = $2, version = version + 1, updated_at = current_timestamp
     where case_number = any($1) or merged_into = any($1)`,
    [caseNumbers, lead],
  );
  await newVersion(queries, lead);
  for (const caseNumber of caseNumbers) {
    await appendAudit(queries, {
      actor,
      action: 'case.merged',
      subject: caseNumber,
      before: null,
      after: { merged_into: lead },
    });
  }
}

async function newVersion(queries: Queries, caseNumber: string): Promise<void> {
  await queries.query(
    'update cases set version = version + 1, updated_at = current_timestamp where case_number = $1',
    [caseNumber],
  );
}

/** Locks in the order of the numbers, so that two people who merge crosswise do not wait for each other. */
async function lockBoth(
  queries: Queries,
  person: Person,
  first: string,
  second: string,
): Promise<[LockedCase | null, LockedCase | null]> {
  const locked = new Map<string, LockedCase | null>();
  for (const caseNumber of [first, second].sort()) {
    locked.set(caseNumber, await lockCase(queries, person, caseNumber));
  }
  return [locked.get(first) ?? null, locked.get(second) ?? null];
}
