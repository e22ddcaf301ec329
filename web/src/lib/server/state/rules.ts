import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { checkRule, type RuleProblem } from '#analytics/rules/check-rule.ts';
import type { VersionedRule } from '#analytics/rules/compile.ts';
import type { LiveRules } from '#analytics/rules/live-rules.ts';
import { ruleSchema, type Rule } from '#analytics/rules/rule.ts';
import type { Person } from '../auth/person.ts';
import { appendAudit, type Json } from './audit.ts';
import { askForChange, type AskChangeResult } from './changes.ts';
import type { Queries, State } from './database.ts';
import { ruleLists } from './rule-lists.ts';

/** What people set about a built-in detector: findings below the score open no cases. */
const detectorSetting = v.object({
  score_from: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
});
export type DetectorSetting = v.InferOutput<typeof detectorSetting>;

export type RuleState = 'draft' | 'shadow' | 'live' | 'paused' | 'replaced' | 'rolled_back';

interface VersionFields {
  readonly rule_id: string;
  readonly version: number;
  readonly state: RuleState;
  readonly reason: string;
  readonly written_by: string;
  readonly written_by_name: string;
  readonly written_at: string;
  /** When it last went live, paused or was rolled back, who asked and who confirmed. */
  readonly changed_at: string | null;
  readonly asked_by_name: string | null;
  readonly confirmed_by_name: string | null;
}

/** A version of a rule by users, or of the setting of a built-in detector. */
export type RuleVersion = VersionFields &
  (
    | { readonly kind: 'rule'; readonly document: Rule }
    | { readonly kind: 'detector'; readonly document: DetectorSetting }
  );

/** Versions read at once. */
const versionLimit = 2_000;

/** All versions, the latest of each rule first. */
export function listRuleVersions(queries: Queries): Promise<RuleVersion[]> {
  return queries.query(
    `select r.*, w.name as written_by_name, e.at as changed_at, a.name as asked_by_name,
       c.name as confirmed_by_name
     from rule_version r join "user" w on w.id = r.written_by
     left join lateral (
       select * from rule_event where rule_id = r.rule_id and version = r.version order by id desc limit 1
     ) e on true
     left join "user" a on a.id = e.asked_by left join "user" c on c.id = e.confirmed_by
     order by r.rule_id, r.version desc limit $1`,
    [versionLimit],
  );
}

/** What runs: the live rules, the lists they ask, and the built-in detectors that rest. */
export async function liveRules(queries: Queries): Promise<LiveRules> {
  const [versions, lists] = await Promise.all([
    queries.query<RuleVersion>(
      `select * from rule_version where state in ('live', 'paused') order by rule_id`,
    ),
    ruleLists(queries),
  ]);
  return {
    rules: versions.flatMap((one) =>
      one.kind === 'rule' && one.state === 'live'
        ? { rule_id: one.rule_id, version: one.version, rule: one.document }
        : [],
    ),
    lists: lists.map(({ list_id, name, entries, includes, expires_on }) => ({
      list_id,
      name,
      entries: [...entries],
      includes: [...includes],
      expires_on,
    })),
    paused: versions.flatMap((one) =>
      one.kind === 'detector' && one.state === 'paused' ? one.rule_id : [],
    ),
  };
}

export type DraftRuleResult =
  | {
      readonly outcome: 'drafted';
      readonly rule_id: string;
      readonly version: number;
      readonly problems: readonly RuleProblem[];
    }
  | { readonly outcome: 'invalid'; readonly why: string };

/** Writes a new version; nothing runs differently before two persons put it live. */
export async function draftRule(
  state: State,
  person: Person,
  input: {
    readonly rule_id: string | null;
    readonly kind: 'rule' | 'detector';
    readonly document: unknown;
    readonly reason: string;
    readonly as_of: string;
  },
): Promise<DraftRuleResult> {
  const parsed =
    input.kind === 'rule'
      ? v.safeParse(ruleSchema, input.document)
      : v.safeParse(detectorSetting, input.document);
  const reason = input.reason.trim();
  if (!parsed.success) return { outcome: 'invalid', why: parsed.issues[0].message };
  if (reason === '' || reason.length > 2_000) return { outcome: 'invalid', why: 'reason' };
  const rule_id = input.rule_id ?? randomUUID();
  return state.transaction(async (queries) => {
    await queries.query('select pg_advisory_xact_lock(hashtext($1))', [`rule ${rule_id}`]);
    const [last] = await queries.query<{ version: number; document: Json }>(
      `select version, document from rule_version where rule_id = $1 order by version desc limit 1`,
      [rule_id],
    );
    const version = (last?.version ?? 0) + 1;
    const document = parsed.output as Json;
    await queries.query(
      `insert into rule_version (rule_id, version, kind, document, reason, written_by)
       values ($1, $2, $3, $4, $5, $6)`,
      [rule_id, version, input.kind, JSON.stringify(document), reason, person.user_id],
    );
    await appendAudit(queries, {
      actor: person.user_id,
      action: 'rule.drafted',
      subject: rule_id,
      before: last === undefined ? null : { version: last.version, document: last.document },
      after: { version, document, reason },
    });
    const problems =
      input.kind === 'rule'
        ? await problemsOf(queries, { rule_id, rule: document as Rule, as_of: input.as_of })
        : [];
    return { outcome: 'drafted', rule_id, version, problems };
  });
}

/** Conflicts and reachability beside what is live now. */
export async function problemsOf(
  queries: Queries,
  { rule_id, rule, as_of }: { rule_id: string; rule: Rule; as_of: string },
): Promise<RuleProblem[]> {
  const { rules, lists } = await liveRules(queries);
  const live: VersionedRule[] = rules.filter((one) => one.rule_id !== rule_id);
  return checkRule(rule, { lists, live, asOf: as_of });
}

/** Lets a draft run along without opening cases: one person may, it decides nothing. */
export function shadowRule(
  state: State,
  person: Person,
  { rule_id, version }: { rule_id: string; version: number },
): Promise<boolean> {
  return state.transaction(async (queries) => {
    const changed = await queries.query(
      `update rule_version set state = 'shadow' where rule_id = $1 and version = $2
         and state = 'draft' and kind = 'rule' returning version`,
      [rule_id, version],
    );
    if (changed.length === 0) return false;
    await appendAudit(queries, {
      actor: person.user_id,
      action: 'rule.shadowed',
      subject: rule_id,
      before: { version, state: 'draft' },
      after: { version, state: 'shadow' },
    });
    return true;
  });
}

export type AskRuleResult =
  | AskChangeResult
  | { readonly outcome: 'not_found' | 'unchanged' }
  | { readonly outcome: 'problem'; readonly problems: readonly RuleProblem[] };

/** Asks for a version to run, or for what runs to rest; a second person confirms it. */
export function askForRule(
  state: State,
  person: Person,
  input: { rule_id: string; version: number; to: 'live' | 'paused'; note: string; as_of: string },
): Promise<AskRuleResult> {
  const { rule_id, version, to } = input;
  return state.transaction(async (queries) => {
    const [wanted] = await queries.query<RuleVersion>(
      'select * from rule_version where rule_id = $1 and version = $2 for update',
      [rule_id, version],
    );
    if (wanted === undefined) return { outcome: 'not_found' };
    if (wanted.state === to) return { outcome: 'unchanged' };
    if (to === 'live' && wanted.kind === 'rule') {
      const found = await problemsOf(queries, { ...input, rule: wanted.document });
      const problems = found.filter(({ stops }) => stops);
      if (problems.length > 0) return { outcome: 'problem', problems };
    }
    const current = await currentOf(queries, rule_id);
    return askForChange(queries, person, {
      kind: 'rule',
      subject: rule_id,
      change: { rule_id, version, to, document: wanted.document as Json },
      before:
        current === null
          ? null
          : { version: current.version, state: current.state, document: current.document as Json },
      note: input.note,
    });
  });
}

/** The version that is in force, running or resting. */
export async function currentOf(queries: Queries, rule_id: string): Promise<RuleVersion | null> {
  const [row] = await queries.query<RuleVersion>(
    `select * from rule_version where rule_id = $1 and state in ('live', 'paused')`,
    [rule_id],
  );
  return row ?? null;
}
