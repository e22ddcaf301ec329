import { detectors } from '#analytics/detectors/detectors.ts';
import { ruleDetectorId, ruleStatement } from '#analytics/rules/compile.ts';
import {
  readScoreSteps,
  replaySteps,
  scoreCurve,
  type CurvePoint,
  type JudgedFinding,
  type ScoreStep,
} from '#analytics/score-curve.ts';
import { m } from '#lib/paraglide/messages.js';
import { application } from '../application.ts';
import type { Person } from '../auth/person.ts';
import { messageText } from '../message-text.ts';
import { ruleLists } from '../state/rule-lists.ts';
import { listRuleVersions, type RuleState, type RuleVersion } from '../state/rules.ts';
import { lookBack_days, lookBackFrom } from './budget-line.ts';
import { detectorName } from './case-page.ts';

/** A detector or rule as a line of the list. */
export interface RuleRow {
  readonly id: string;
  readonly name: string;
  readonly kind: 'rule' | 'detector';
  readonly state: RuleState;
  /** Null for a built-in detector as it was delivered. */
  readonly version: number | null;
  readonly score_from: number;
  readonly now: CurvePoint;
}

export interface RuleDetail extends RuleRow {
  readonly question: string;
  readonly guard: string;
  readonly subject: string;
  readonly curve: readonly CurvePoint[];
  /** Share of the payment requests or invoices of the time that it flags; null when there were none. */
  readonly base_rate: number | null;
  /** The numbers are of a version that does not run: it was replayed. */
  readonly is_replayed: boolean;
  /** The version that is shown and edited. */
  readonly opened: RuleVersion | null;
  readonly versions: readonly RuleVersion[];
}

export interface RulesPage {
  readonly rows: readonly RuleRow[];
  readonly opened: RuleDetail | null;
}

/** Every detector and rule with what it flagged in 12 months, and the one that is asked for in full. */
export async function readRules(
  person: Person,
  asked: { id: string | null; version: number | null },
): Promise<RulesPage> {
  const { state, warehouse, asOf } = application();
  const scope = { company_keys: person.company_keys, since: lookBackFrom(asOf()), asOf: asOf() };
  const [versions, steps, judged] = await Promise.all([
    listRuleVersions(state),
    readScoreSteps(warehouse, scope),
    judgedFindings(person, scope.since),
  ]);
  const byRule = Map.groupBy(versions, ({ rule_id }) => rule_id);
  const curveOf = (detector: string, own: readonly ScoreStep[]) =>
    scoreCurve(own, judged.get(detector) ?? [], lookBack_days);
  const row = (id: string, kind: 'rule' | 'detector', own: readonly RuleVersion[]): RuleRow => {
    const current = own.find((one) => one.state === 'live' || one.state === 'paused') ?? null;
    const shown = current ?? own[0] ?? null;
    const score_from =
      current?.kind === 'detector' && current.state === 'live' ? current.document.score_from : 0;
    const detector = kind === 'rule' ? ruleDetectorId(id) : id;
    return {
      id,
      kind,
      name: shown?.kind === 'rule' ? shown.document.name : detectorName(id),
      state: kind === 'detector' ? (current?.state ?? 'live') : (shown?.state ?? 'draft'),
      version: (kind === 'detector' ? current : shown)?.version ?? null,
      score_from,
      now: pointAt(curveOf(detector, steps.get(detector) ?? []), score_from),
    };
  };
  const rows = [
    ...[...byRule]
      .filter(([, [one]]) => one?.kind === 'rule')
      .map(([id, own]) => row(id, 'rule', own)),
    ...detectors
      .filter(({ kind }) => kind === 'risk')
      .map(({ id }) => row(id, 'detector', byRule.get(id) ?? [])),
  ].sort(
    (a, b) =>
      Number(b.kind === 'rule') - Number(a.kind === 'rule') ||
      b.now.findings - a.now.findings ||
      (a.name < b.name ? -1 : 1),
  );
  const chosen =
    rows.find(({ id }) => id === asked.id) ?? (asked.id === 'new' ? undefined : rows[0]);
  if (chosen === undefined) return { rows, opened: null };
  const own = byRule.get(chosen.id) ?? [];
  const opened =
    own.find(({ version }) => version === asked.version) ??
    (chosen.kind === 'rule' ? (own[0] ?? null) : null);
  const detector = chosen.kind === 'rule' ? ruleDetectorId(chosen.id) : chosen.id;
  const isReplayed = opened?.kind === 'rule' && opened.state !== 'live';
  const curve = curveOf(
    detector,
    isReplayed ? await replayed(opened, scope) : (steps.get(detector) ?? []),
  );
  const about = detectors.find(({ id }) => id === chosen.id);
  const subject = opened?.kind === 'rule' ? opened.document.subject : (about?.subject ?? 'invoice');
  const flagged = pointAt(curve, 0).findings;
  const all = await subjectCount(subject, scope);
  return {
    rows,
    opened: {
      ...chosen,
      name: opened?.kind === 'rule' ? opened.document.name : chosen.name,
      question:
        about === undefined ? '' : messageText('detector_', `${chosen.id}_question`, {}, ''),
      subject,
      guard: about === undefined ? '' : messageText('detector_', `${chosen.id}_guard`, {}, ''),
      curve,
      base_rate: all === 0 ? null : flagged / all,
      is_replayed: isReplayed,
      opened,
      versions: own,
    },
  };
}

/** The point of a threshold. */
export function pointAt(curve: readonly CurvePoint[], score_from: number): CurvePoint {
  const point = curve[Math.round(score_from * (curve.length - 1))];
  if (point === undefined)
    throw new Error(`pointAt: expected a threshold from 0 to 1, got ${score_from}`);
  return point;
}

const replays = new Map<string, Promise<ScoreStep[]>>();
/** Replays kept in memory; a new generation makes the old ones useless. */
const replayLimit = 50;

/** What a version would have found, read once per refresh, scope and text. */
async function replayed(
  opened: Extract<RuleVersion, { kind: 'rule' }>,
  scope: Parameters<typeof replaySteps>[2],
): Promise<ScoreStep[]> {
  const { state, warehouse } = application();
  const lists = await ruleLists(state);
  const statement = ruleStatement({ ...opened, rule: opened.document }, lists, scope.asOf);
  const key = JSON.stringify([warehouse.generation, scope, statement]);
  const known = replays.get(key);
  if (known !== undefined) return known;
  if (replays.size >= replayLimit) replays.clear();
  const running = replaySteps(warehouse, statement, scope);
  replays.set(key, running);
  running.catch(() => replays.delete(key));
  return running;
}

async function subjectCount(
  subject: string,
  scope: { company_keys: readonly string[] | null; since: string; asOf: string },
): Promise<number> {
  const [table, moment] =
    subject === 'payment_request'
      ? ['payment_flow', 'requested_at']
      : ['standing_invoice', 'known_at'];
  const [row] = await application().warehouse.rows(
    `select count(*)::integer as subjects from ${table}
     where ${moment} > $since::timestamp and ${moment} <= $as_of::timestamp
       and ($all or list_contains($companies, company_key::varchar))`,
    {
      since: scope.since.replace('T', ' ').replace('Z', ''),
      as_of: scope.asOf.replace('T', ' ').replace('Z', ''),
      all: scope.company_keys === null,
      companies: [...(scope.company_keys ?? [])],
    },
  );
  return Number(row?.['subjects'] ?? 0);
}

/** Findings in cases that were decided: true for fraud, error and breach, false for what was all right. */
async function judgedFindings(
  person: Person,
  since: string,
): Promise<Map<string, JudgedFinding[]>> {
  const rows = await application().state.query<JudgedFinding & { detector: string }>(
    `select f.detector, f.score, d.verdict in ('fraud', 'error', 'policy_breach') as is_true,
       coalesce(c.amount_base, 0)::double precision as amount_base
     from cases c
     join lateral (
       select verdict, decided_at from decision
       where decision.case_number = c.case_number and undone_at is null
       order by decided_at desc, decision_id limit 1
     ) d on d.verdict <> 'unsure'
     join case_finding f using (case_number)
     where ($1::uuid[] is null or c.company_key = any($1)) and f.found_as_of > $2::timestamptz`,
    [person.company_keys, since],
  );
  return Map.groupBy(rows, ({ detector }) => detector);
}

/** What a state is called. */
export function ruleStateText(state: RuleState): string {
  return messageText('rules_state_', state, {}, m.rules_of_users());
}
