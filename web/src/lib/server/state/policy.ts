import * as v from 'valibot';
import { listPeople, type Person } from '../auth/person.ts';
import { coverageOf, type Coverage } from '../control/policy-coverage.ts';
import { policyDocument, type PolicyDocument } from '../control/policy-document.ts';
import { simulate, type PastPayment, type Simulation } from '../control/policy-simulation.ts';
import { appendAudit, canonicalJson } from './audit.ts';
import { askForChange, type AskChangeResult, type ChangeEffect } from './changes.ts';
import type { Queries, State } from './database.ts';
import { livePolicy } from './policy-live.ts';

/** One version of the approval policy. Only a live or replaced one was ever in force. */
export interface PolicyVersion {
  readonly version: number;
  readonly state: 'draft' | 'simulated' | 'live' | 'replaced';
  readonly document: PolicyDocument;
  readonly reason: string;
  readonly written_by: string;
  readonly written_by_name: string;
  readonly written_at: string;
  readonly simulated_at: string | null;
  readonly simulation: Simulation | null;
  readonly live_at: string | null;
  readonly confirmed_by_name: string | null;
}

const versionColumns = `p.*, w.name as written_by_name, c.name as confirmed_by_name
  from policy p join "user" w on w.id = p.written_by left join "user" c on c.id = p.confirmed_by`;

/** Versions shown at once, the latest first. */
const versionLimit = 50;

export function listPolicies(queries: Queries): Promise<PolicyVersion[]> {
  return queries.query(`select ${versionColumns} order by p.version desc limit $1`, [versionLimit]);
}

export async function policyVersion(
  queries: Queries,
  version: number,
): Promise<PolicyVersion | null> {
  const [row] = await queries.query<PolicyVersion>(
    `select ${versionColumns} where p.version = $1`,
    [version],
  );
  return row ?? null;
}

export type DraftResult =
  | { readonly outcome: 'drafted'; readonly version: number }
  /** `field`: path of the first thing that is wrong; `why`: an id or the schema's words. */
  | { readonly outcome: 'invalid'; readonly field: string; readonly why: string };

/** Writes a new version; it changes nothing until it has been simulated and confirmed. */
export async function draftPolicy(
  state: State,
  person: Person,
  input: { readonly document: unknown; readonly reason: string },
): Promise<DraftResult> {
  const parsed = v.safeParse(policyDocument, input.document);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const field = issue.path?.map((part) => String(part.key)).join('.') ?? '';
    return { outcome: 'invalid', field, why: issue.message };
  }
  const reason = input.reason.trim();
  if (reason === '' || reason.length > 2_000) {
    return { outcome: 'invalid', field: 'reason', why: 'reason_missing' };
  }
  return state.transaction(async (queries) => {
    const live = await livePolicy(queries);
    const [row] = await queries.query<{ version: number }>(
      'insert into policy (document, reason, written_by) values ($1, $2, $3) returning version',
      [JSON.stringify(parsed.output), reason, person.user_id],
    );
    if (row === undefined) throw new Error('the policy just drafted is missing');
    await appendAudit(queries, {
      actor: person.user_id,
      action: 'policy.drafted',
      subject: subjectOf(row.version),
      before: { version: live.version, document: live.document },
      after: { version: row.version, document: parsed.output, reason },
    });
    return { outcome: 'drafted', version: row.version };
  });
}

/** Replays history through a version and keeps the result beside it. */
export async function simulatePolicy(
  state: State,
  person: Person,
  input: { readonly version: number; readonly history: readonly PastPayment[] },
): Promise<Simulation | null> {
  const found = await policyVersion(state, input.version);
  if (found === null || found.state === 'live' || found.state === 'replaced') return null;
  const live = await livePolicy(state);
  const result = simulate(live.document, found.document, input.history);
  await state.transaction(async (queries) => {
    await queries.query(
      `update policy set state = 'simulated', simulated_at = current_timestamp, simulation = $2
       where version = $1 and state in ('draft', 'simulated')`,
      [input.version, JSON.stringify(result)],
    );
    await appendAudit(queries, {
      actor: person.user_id,
      action: 'policy.simulated',
      subject: subjectOf(input.version),
      before: null,
      after: {
        against: live.version,
        payments: result.payments,
        more_persons: result.more_persons,
        fewer_persons: result.fewer_persons,
      },
    });
  });
  return result;
}

export type GoLiveResult =
  | AskChangeResult
  | { readonly outcome: 'not_found' | 'not_simulated' | 'not_writer' }
  /** A step that no active person could take: the policy would stop payments for good. */
  | { readonly outcome: 'no_approver'; readonly where: Coverage['without_approver'] };

type Entities = { readonly company_keys: readonly string[]; readonly group_currency: string };

/** Asks a second person to put a simulated version in force. */
export function askToGoLive(
  state: State,
  person: Person,
  input: { readonly version: number } & Entities,
): Promise<GoLiveResult> {
  return state.transaction(async (queries) => {
    const found = await policyVersion(queries, input.version);
    if (found === null) return { outcome: 'not_found' };
    if (found.state !== 'simulated') return { outcome: 'not_simulated' };
    if (found.written_by !== person.user_id) return { outcome: 'not_writer' };
    const people = await listPeople(queries);
    const { without_approver } = coverageOf(found.document, { people, ...input });
    if (without_approver.length > 0) return { outcome: 'no_approver', where: without_approver };
    const live = await livePolicy(queries);
    return askForChange(queries, person, {
      kind: 'policy',
      subject: subjectOf(found.version),
      change: { version: found.version, document: found.document, replaces: live.version },
      before: { version: live.version, document: live.document },
      note: found.reason,
    });
  });
}

/** Puts a confirmed version in force; overtaken when another went live, or its approvers left, meanwhile. */
export function putPolicyInForce(entities: () => Promise<Entities>): ChangeEffect {
  return async (queries, asked, person) => {
    const { version, replaces } = asked.change as { version: number; replaces: number | null };
    await queries.query('lock table policy in share row exclusive mode');
    const found = await policyVersion(queries, version);
    const live = await livePolicy(queries);
    if (found?.state !== 'simulated' || live.version !== replaces) return 'overtaken';
    const document = (asked.change as { document: PolicyDocument }).document;
    if (canonicalJson(document) !== canonicalJson(found.document)) return 'overtaken';
    const people = await listPeople(queries);
    const { without_approver } = coverageOf(found.document, { people, ...(await entities()) });
    if (without_approver.length > 0) return 'overtaken';
    await queries.query("update policy set state = 'replaced' where state = 'live'");
    await queries.query(
      `update policy set state = 'live', live_at = current_timestamp, confirmed_by = $2
       where version = $1`,
      [version, person.user_id],
    );
    return 'done';
  };
}

function subjectOf(version: number): string {
  return `policy ${version}`;
}
