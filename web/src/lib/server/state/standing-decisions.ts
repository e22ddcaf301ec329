import { createHash, randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { listPeople, type Person } from '../auth/person.ts';
import { appendAudit } from './audit.ts';
import { askForChange, type AskChangeResult, type ChangeEffect } from './changes.ts';
import type { Queries, State } from './database.ts';

const amount = v.pipe(v.string(), v.regex(/^\d{1,14}(\.\d{1,4})?$/, 'amount'));
const name = v.pipe(v.string(), v.trim(), v.nonEmpty(), v.maxLength(80));
const companies = v.array(v.pipe(v.string(), v.uuid()));

/** Smallest part of what could be released that people still look at, so that the rule stays measured. */
export const smallestSample = 0.02;

/**
 * What happens without asking each time. `release`: low risk, known vendor, below the amount (group
 * currency), no rule of the policy asking for others, a random part kept back. `hold`: a detector.
 */
export const standingDocument = v.variant('kind', [
  v.object({
    kind: v.literal('release'),
    name,
    company_keys: companies,
    amount_below: amount,
    sample_rate: v.pipe(v.number(), v.minValue(smallestSample, 'sample'), v.maxValue(1)),
  }),
  v.object({
    kind: v.literal('hold'),
    name,
    company_keys: companies,
    detectors: v.pipe(v.array(v.pipe(v.string(), v.maxLength(80))), v.minLength(1, 'detectors')),
    score_from: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
  }),
]);
export type StandingDocument = v.InferOutput<typeof standingDocument>;

export interface StandingDecision {
  readonly standing_id: string;
  readonly version: number;
  readonly state: 'proposed' | 'live' | 'ended' | 'replaced' | 'declined';
  readonly document: StandingDocument;
  readonly reason: string;
  readonly written_by: string;
  readonly written_by_name: string;
  readonly confirmed_by: string | null;
  readonly confirmed_by_name: string | null;
  readonly live_at: string | null;
  readonly ended_at: string | null;
  readonly applied: number;
  readonly kept_back: number;
}

const columns = `s.*, w.name as written_by_name, c.name as confirmed_by_name,
  (select count(*) from standing_outcome o where o.standing_id = s.standing_id
     and o.version = s.version and o.outcome = 'applied') as applied,
  (select count(*) from standing_outcome o where o.standing_id = s.standing_id
     and o.version = s.version and o.outcome = 'kept_back') as kept_back
  from standing_decision s join "user" w on w.id = s.written_by left join "user" c on c.id = s.confirmed_by`;

/** All versions, those in force first. */
export function listStanding(queries: Queries): Promise<StandingDecision[]> {
  return queries.query(
    `select ${columns} order by s.state <> 'live', s.written_at desc, s.standing_id, s.version desc limit 100`,
  );
}

/** Those in force, holds first: what may be held is never released by another. */
export function liveStanding(queries: Queries): Promise<StandingDecision[]> {
  return queries.query(
    `select ${columns} where s.state = 'live'
     order by s.document->>'kind' <> 'hold', s.standing_id`,
  );
}

export type ProposeResult = AskChangeResult | { readonly outcome: 'invalid'; readonly why: string };

/** Proposes a standing decision, or a new version of one; it does nothing until a second person confirmed it. */
export function proposeStanding(
  state: State,
  person: Person,
  input: {
    readonly standing_id: string | null;
    readonly document: unknown;
    readonly reason: string;
  },
): Promise<ProposeResult> {
  const parsed = v.safeParse(standingDocument, input.document);
  const reason = input.reason.trim();
  if (!parsed.success)
    return Promise.resolve({ outcome: 'invalid', why: parsed.issues[0].message });
  if (reason === '' || reason.length > 2_000)
    return Promise.resolve({ outcome: 'invalid', why: 'reason' });
  return state.transaction(async (queries) => {
    const standing_id = input.standing_id ?? randomUUID();
    const [last] = await queries.query<{ version: number; document: StandingDocument }>(
      `select version, document from standing_decision where standing_id = $1
       order by version desc limit 1 for update`,
      [standing_id],
    );
    const version = (last?.version ?? 0) + 1;
    const asked = await askForChange(queries, person, {
      kind: 'standing_decision',
      subject: standing_id,
      change: { standing_id, version, document: parsed.output },
      before: last === undefined ? null : { version: last.version, document: last.document },
      note: reason,
    });
    if (asked.outcome !== 'asked') return asked;
    await queries.query(
      `insert into standing_decision (standing_id, version, document, reason, written_by)
       values ($1, $2, $3, $4, $5)`,
      [standing_id, version, JSON.stringify(parsed.output), reason, person.user_id],
    );
    return asked;
  });
}

/** Puts a confirmed version in force instead of the one before. */
export const putStandingInForce: ChangeEffect = async (queries, asked, person) => {
  const { standing_id, version } = asked.change as { standing_id: string; version: number };
  const found = await queries.query(
    `select 1 from standing_decision where standing_id = $1 and version = $2 and state = 'proposed'
     for update`,
    [standing_id, version],
  );
  if (found.length === 0) return 'overtaken';
  await queries.query(
    `update standing_decision set state = 'replaced', ended_at = current_timestamp
     where standing_id = $1 and state = 'live'`,
    [standing_id],
  );
  await queries.query(
    `update standing_decision set state = 'live', live_at = current_timestamp, confirmed_by = $3
     where standing_id = $1 and version = $2`,
    [standing_id, version, person.user_id],
  );
  return 'done';
};

/** Ends an automatic release at once: going back to people needs nobody else. */
export function endStanding(state: State, person: Person, standingId: string): Promise<boolean> {
  return state.transaction(async (queries) => {
    const [ended] = await queries.query<{ version: number; document: StandingDocument }>(
      `update standing_decision set state = 'ended', ended_at = current_timestamp
       where standing_id::text = $1 and state = 'live' and document->>'kind' = 'release'
       returning version, document`,
      [standingId],
    );
    if (ended === undefined) return false;
    await appendAudit(queries, {
      actor: person.user_id,
      action: 'standing_decision.ended',
      subject: standingId,
      before: { version: ended.version, document: ended.document },
      after: null,
    });
    return true;
  });
}

/** Whether both who approved it are still active. Null: one of them left, so it rests. */
export async function approversOf(
  queries: Queries,
  standing: StandingDecision,
): Promise<readonly [Person, Person] | null> {
  const people = await listPeople(queries);
  const [one, other] = [standing.written_by, standing.confirmed_by].map((id) =>
    people.find((person) => person.user_id === id),
  );
  return one === undefined || other === undefined ? null : [one, other];
}

/** Part of 1 a case falls on, always the same for one version: below the sample rate it is kept back. */
export function sampleOf(standing: StandingDecision, caseNumber: string, secret: string): number {
  const text = `${secret}:${standing.standing_id}:${standing.version}:${caseNumber}`;
  return createHash('sha256').update(text).digest().readUInt32BE(0) / 2 ** 32;
}
