import { randomUUID } from 'node:crypto';
import { bandOf } from '#analytics/stories.ts';
import { can } from '../auth/permissions.ts';
import type { Person } from '../auth/person.ts';
import { caseProbability, probabilityInForce } from '../case-risk.ts';
import { needsSignature } from '../control/decision-text.ts';
import { dutyIn } from '../control/duties.ts';
import { planFor } from '../control/policy-document.ts';
import { tenThousandths } from '../decimal.ts';
import { appendAudit } from '../state/audit.ts';
import { lockAnyCase, type LockedCase } from '../state/case-row.ts';
import type { Queries, State } from '../state/database.ts';
import { recordDecision } from '../state/decision-record.ts';
import { livePolicy } from '../state/policy-live.ts';
import { mayRelease } from '../state/release-limit.ts';
import {
  approversOf,
  liveStanding,
  sampleOf,
  type StandingDecision,
} from '../state/standing-decisions.ts';

/** What the source system said last about a payment request. */
export interface RequestNow {
  readonly status: string;
  readonly status_version: number;
}

/** Cases one run looks at. */
const caseLimit = 1_000;
/** States of a request from which it can be released or held without a person looking. */
const releasable: readonly string[] = ['in_approval', 'approved'];

/**
 * Applies the standing decisions to the open cases nobody has decided. Every doubt and every error
 * leaves the payment as it is: a failed case is reported, the others go on. Gives what was applied.
 */
export async function applyStanding(
  state: State,
  options: {
    readonly secret: string;
    readonly requestOf: (paymentRequestKey: string) => Promise<RequestNow | null>;
    readonly report: (caseNumber: string, cause: unknown) => void;
  },
): Promise<number> {
  const standing = await liveStanding(state);
  if (standing.length === 0) return 0;
  const cases = await state.query<{ case_number: string; payment_request_key: string }>(
    `select c.case_number, c.payment_request_key from cases c
     where c.state = 'open' and c.merged_into is null and c.assignee is null
       and c.payment_request_key is not null and c.payment_request_id is not null
       and not exists (select from decision d where d.case_number = c.case_number and d.undone_at is null)
     order by c.opened_at, c.case_number limit $1`,
    [caseLimit],
  );
  let applied = 0;
  for (const { case_number, payment_request_key } of cases) {
    try {
      const request = await options.requestOf(payment_request_key);
      if (request === null || !releasable.includes(request.status)) continue;
      for (const one of standing) {
        const outcome = await state.transaction((queries) =>
          applyOne(queries, { standing: one, case_number, request, secret: options.secret }),
        );
        if (outcome === 'applied') applied += 1;
        // A case that is held, or kept for people, is not released by another one.
        if (outcome !== 'not_meant') break;
      }
    } catch (cause) {
      options.report(case_number, cause);
    }
  }
  return applied;
}

interface One {
  readonly standing: StandingDecision;
  readonly case_number: string;
  readonly request: RequestNow;
  readonly secret: string;
}

async function applyOne(
  queries: Queries,
  { standing, case_number, request, secret }: One,
): Promise<'applied' | 'kept_back' | 'not_meant'> {
  const found = await lockAnyCase(queries, case_number);
  if (found?.state !== 'open') return 'kept_back';
  const seen = await queries.query<{ outcome: 'applied' | 'kept_back' }>(
    'select outcome from standing_outcome where case_number = $1 and standing_id = $2',
    [case_number, standing.standing_id],
  );
  if (seen.length > 0) return 'kept_back';
  const approvers = await approversOf(queries, standing);
  if (approvers === null || !(await isMeant(queries, standing, found, approvers)))
    return 'not_meant';
  const { document } = standing;
  if (
    document.kind === 'release' &&
    sampleOf(standing, case_number, secret) < document.sample_rate
  ) {
    await noteOutcome(queries, standing, { case_number, outcome: 'kept_back', decision_id: null });
    await appendAudit(queries, {
      actor: 'system:standing',
      action: 'standing_decision.kept_back',
      subject: case_number,
      before: null,
      after: { standing_decision: standing.standing_id, standing_version: standing.version },
    });
    return 'kept_back';
  }
  const { version: policy_version } = await livePolicy(queries);
  const decision_id = randomUUID();
  const isRelease = document.kind === 'release';
  await recordDecision(
    queries,
    {
      decided_by: { user_id: standing.written_by },
      actor: 'system:standing',
      policy_version,
      confirmed_by: standing.confirmed_by === null ? [] : [standing.confirmed_by],
      standing: { standing_id: standing.standing_id, version: standing.version },
    },
    {
      decision_id,
      case_number,
      case_version: found.version,
      verdict: isRelease ? 'expected' : 'unsure',
      reason_code: isRelease ? 'other_expected' : 'needs_information',
      action: isRelease ? 'release' : 'hold',
      note: document.name,
      expected_status: request.status,
      expected_version: request.status_version,
    },
    found,
  );
  await queries.query(
    'update decision set standing_id = $2, standing_version = $3 where decision_id = $1',
    [decision_id, standing.standing_id, standing.version],
  );
  await noteOutcome(queries, standing, { case_number, outcome: 'applied', decision_id });
  return 'applied';
}

async function isMeant(
  queries: Queries,
  { document }: StandingDecision,
  found: LockedCase,
  approvers: readonly [Person, Person],
): Promise<boolean> {
  if (document.company_keys.length > 0 && !document.company_keys.includes(found.company_key)) {
    return false;
  }
  const findings = await queries.query<{ detector: string; score: number }>(
    'select detector, score from case_finding where case_number = $1',
    [found.case_number],
  );
  if (document.kind === 'hold') {
    return findings.some(
      (one) => document.detectors.includes(one.detector) && one.score >= document.score_from,
    );
  }
  const band = bandOf(caseProbability(findings, await probabilityInForce(queries)));
  const { amount_base } = found;
  if (band !== 'low' || amount_base === null || found.facts.vendor_class !== 'known') return false;
  const value = tenThousandths(amount_base);
  if (value <= 0n || value >= tenThousandths(document.amount_below)) return false;
  // Both who approved it stand for this payment: one with the limit, none with another duty in it.
  const covered = approvers.some(
    (one) => can(one, 'cases.decide', found.company_key) && mayRelease(one, found),
  );
  if (!covered || approvers.some((one) => dutyIn(found.facts, one.employee_keys) !== null))
    return false;
  const payment = {
    amount_base,
    category: found.facts.category ?? null,
    vendor_class: found.facts.vendor_class,
    company_key: found.company_key,
    band,
  };
  const policy = (await livePolicy(queries)).document;
  // Nobody is there to sign: what has to be signed is left to people.
  if (needsSignature(policy, payment.amount_base)) return false;
  return planFor(policy, payment, true).stages.length === 0;
}

async function noteOutcome(
  queries: Queries,
  standing: StandingDecision,
  what: { case_number: string; outcome: 'applied' | 'kept_back'; decision_id: string | null },
): Promise<void> {
  await queries.query(
    `insert into standing_outcome (case_number, standing_id, version, outcome, decision_id)
     values ($1, $2, $3, $4, $5)`,
    [what.case_number, standing.standing_id, standing.version, what.outcome, what.decision_id],
  );
}
