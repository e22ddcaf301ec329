import { detectors } from '../detectors/detectors.ts';
import type { Finding } from '../detectors/detector.ts';
import { groupIntoStories, type Story } from '../stories.ts';
import { askAccountChange, askEmployeeAccount } from './account-questions.ts';
import { amountText, type Question } from './answer.ts';
import { askSelfApproval } from './approval-questions.ts';
import { askDuplicate, askUnusualAmount } from './invoice-questions.ts';
import { askJustBelow, askSplit } from './limit-questions.ts';
import { asked, type PaymentToScore } from './payment-to-score.ts';
import type { Profiles } from './profiles.ts';
import { askDormantVendor, askLookalike, askNewVendor, askUrgent } from './vendor-questions.ts';

/** The detectors that can be asked of one payment before it leaves. */
export const questions: readonly Question[] = [
  askDuplicate,
  askAccountChange,
  askEmployeeAccount,
  askLookalike,
  askNewVendor,
  askDormantVendor,
  askSplit,
  askJustBelow,
  askSelfApproval,
  askUnusualAmount,
  askUrgent,
];

export const suggestions = ['release', 'review', 'hold'] as const;
export type Suggestion = (typeof suggestions)[number];

/** From this probability on a person looks first; from `holdFrom` on the payment waits for it. */
export const reviewFrom = 0.2;
export const holdFrom = 0.4;

export interface NotAsked {
  readonly detector: string;
  /** `not_single`: it needs more than one payment; `paused`: it rests; else the field or fact that is missing. */
  readonly because: string;
}

/** What is said of one payment. */
export interface PaymentScore {
  readonly suggestion: Suggestion;
  /** P(worth stopping), 0..1, as of a case; null when the vendor is not known. */
  readonly probability: number | null;
  /** The leading finding's, 0..1; 0 when nothing was found, null when the vendor is not known. */
  readonly score: number | null;
  readonly story: Story | null;
  readonly findings: readonly Finding[];
  readonly asked: readonly string[];
  readonly not_asked: readonly NotAsked[];
  /** What is not known and keeps a payment from being released unseen. */
  readonly unknowns: readonly string[];
}

/** Fields without which a payment may still be released: most senders do not have them. */
const mayBeLeftOut = new Set(['urgent', 'due_on', 'approvals', 'paused']);

const single = new Set(questions.map(({ detector }) => detector.id));
/** Detectors of kind `risk` for which one payment is not enough. */
const notSingle: readonly NotAsked[] = detectors
  .filter(({ id, kind }) => kind === 'risk' && !single.has(id))
  .map(({ id }) => ({ detector: id, because: 'not_single' }));

/**
 * Asks every question of one payment.
 *
 * Definition  Findings combine as those of a case (`groupIntoStories`): hold from `holdFrom` on, review
 *             from `reviewFrom` on, or when the vendor was never paid, or when something that decides is
 *             unknown (vendor, rate, account, invoice). A field that is not sent leaves its detector
 *             unasked, and the answer names it.
 * Errors      none of its own: what is unknown is said, and is at least `review`
 */
export function scorePayment(payment: PaymentToScore, profiles: Profiles): PaymentScore {
  const vendor = profiles.vendors.get(payment.vendor_key);
  if (vendor === undefined)
    return {
      suggestion: 'review',
      probability: null,
      score: null,
      story: null,
      findings: [],
      asked: [],
      not_asked: [
        ...questions.map(({ detector }) => ({ detector: detector.id, because: 'vendor' })),
        ...notSingle,
        ...rulesNotAsked(profiles),
      ],
      unknowns: ['vendor'],
    };
  const facts = asked(payment, profiles, vendor);
  const findings: Finding[] = [];
  const answered: string[] = [];
  const missing: NotAsked[] = [];
  for (const question of questions) {
    const { id, kind, subject } = question.detector;
    if (profiles.paused.has(id)) {
      missing.push({ detector: id, because: 'paused' });
      continue;
    }
    const answer = question.answer(facts);
    if (answer !== 'nothing' && 'missing' in answer) {
      missing.push({ detector: id, because: answer.missing });
      continue;
    }
    answered.push(id);
    if (answer === 'nothing') continue;
    const rate = facts.amount_base / payment.amount;
    findings.push({
      finding_key: `${id}/${payment.payment_request_key}`,
      detector: id,
      kind,
      subject,
      subject_key: payment.payment_request_key,
      payment_request_key: payment.payment_request_key,
      company_key: payment.company_key,
      vendor_key: payment.vendor_key,
      score: Math.max(0, Math.min(1, answer.score)),
      amount_at_stake: amountText(answer.amount_at_stake),
      currency: answer.currency,
      amount_at_stake_base: Number.isNaN(rate)
        ? null
        : amountText(Math.round(answer.amount_at_stake * rate)),
      reasons: answer.reasons,
      evidence_keys: [],
      found_as_of: new Date(payment.requested_at).toISOString(),
    });
  }
  const [story] = groupIntoStories(findings);
  const unknowns = new Set(
    missing.map(({ because }) => because).filter((because) => !mayBeLeftOut.has(because)),
  );
  if (Number.isNaN(facts.amount_base)) unknowns.add('exchange_rate');
  if (facts.earlier_requests.length === 0) unknowns.add('vendor_history');
  return {
    suggestion: suggestionOf(story?.probability ?? 0, unknowns.size),
    probability: story?.probability ?? 0,
    score: story?.score ?? 0,
    story: story ?? null,
    findings,
    asked: answered,
    not_asked: [...missing, ...notSingle, ...rulesNotAsked(profiles)],
    unknowns: [...unknowns],
  };
}

/** Rules by users are selects over the warehouse: the batch path asks them. */
function rulesNotAsked({ rule_versions }: Profiles): NotAsked[] {
  return Object.keys(rule_versions).map((detector) => ({ detector, because: 'not_single' }));
}

function suggestionOf(probability: number, unknowns: number): Suggestion {
  if (probability >= holdFrom) return 'hold';
  // Written so that a probability that is not a number never releases.
  return probability < reviewFrom && unknowns === 0 ? 'release' : 'review';
}
