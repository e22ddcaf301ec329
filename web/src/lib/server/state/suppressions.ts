import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import type { Person } from '../auth/person.ts';
import { appendAudit } from './audit.ts';
import { askForChange, type AskChangeResult } from './changes.ts';
import type { Queries, State } from './database.ts';

/** Longest time in which a scope may open no cases, days. */
const longest_days = 366;

const key = v.nullable(v.pipe(v.string(), v.uuid('scope')));
const document = v.pipe(
  v.object({
    detector: v.nullable(v.pipe(v.string(), v.maxLength(80, 'scope'))),
    vendor_key: key,
    company_key: key,
    reason: v.pipe(v.string(), v.trim(), v.nonEmpty('reason'), v.maxLength(2_000, 'reason')),
    expires_on: v.pipe(v.string(), v.isoDate('expires_on')),
  }),
  v.check((one) => one.detector !== null || one.vendor_key !== null, 'scope'),
);
export type SuppressionDocument = v.InferOutput<typeof document>;

/** Where findings open no cases for a time: who asked, who confirmed, why and until when. */
export interface Suppression extends SuppressionDocument {
  readonly suppression_id: string;
  readonly owner: string;
  readonly owner_name: string;
  readonly confirmed_by_name: string;
  readonly made_at: string;
  readonly ended_at: string | null;
}

/** All of them, those that still count first. */
export function listSuppressions(queries: Queries): Promise<Suppression[]> {
  return queries.query(
    `select s.*, s.expires_on::text as expires_on, o.name as owner_name, c.name as confirmed_by_name
     from suppression s join "user" o on o.id = s.owner join "user" c on c.id = s.confirmed_by
     order by s.ended_at is not null, s.expires_on, s.suppression_id limit 500`,
  );
}

/** Those that count on a day. */
export async function activeSuppressions(queries: Queries, asOf: string): Promise<Suppression[]> {
  const today = asOf.slice(0, 10);
  const all = await listSuppressions(queries);
  return all.filter(({ ended_at, expires_on }) => ended_at === null && expires_on >= today);
}

/** Whether a finding falls in one of the scopes: every part of a scope that is given must fit. */
export function isSuppressed(
  finding: { detector: string; vendor_key: string | null; company_key: string },
  suppressions: readonly SuppressionDocument[],
): boolean {
  return suppressions.some(
    ({ detector, vendor_key, company_key }) =>
      (detector === null || detector === finding.detector) &&
      (vendor_key === null || vendor_key === finding.vendor_key) &&
      (company_key === null || company_key === finding.company_key),
  );
}

export type SuppressResult =
  AskChangeResult | { readonly outcome: 'invalid'; readonly why: string };

/** Asks that findings in a scope open no cases until a day, at most a year ahead. */
export async function askToSuppress(
  state: State,
  person: Person,
  input: { readonly document: unknown; readonly as_of: string },
): Promise<SuppressResult> {
  const parsed = v.safeParse(document, input.document);
  if (!parsed.success) return { outcome: 'invalid', why: parsed.issues[0].message };
  const ahead =
    (Date.parse(parsed.output.expires_on) - Date.parse(input.as_of.slice(0, 10))) / 86_400_000;
  if (!(ahead >= 0 && ahead <= longest_days)) return { outcome: 'invalid', why: 'expires_on' };
  const suppression_id = randomUUID();
  return state.transaction((queries) =>
    askForChange(queries, person, {
      kind: 'rule',
      subject: suppression_id,
      change: { suppression: { suppression_id, ...parsed.output } },
      before: null,
      note: parsed.output.reason,
    }),
  );
}

/** Ends one at once: flagging again needs nobody else. */
export function endSuppression(state: State, person: Person, id: string): Promise<boolean> {
  return state.transaction(async (queries) => {
    const ended = await queries.query(
      `update suppression set ended_at = current_timestamp
       where suppression_id::text = $1 and ended_at is null returning suppression_id`,
      [id],
    );
    if (ended.length === 0) return false;
    await appendAudit(queries, {
      actor: person.user_id,
      action: 'rule.unsuppressed',
      subject: id,
      before: null,
      after: { ended: true },
    });
    return true;
  });
}
