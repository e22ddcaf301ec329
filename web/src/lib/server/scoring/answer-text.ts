import { bandOf } from '#analytics/stories.ts';
import type { PaymentToScore } from '#analytics/scoring/payment-to-score.ts';
import type { Profiles } from '#analytics/scoring/profiles.ts';
import type { PaymentScore } from '#analytics/scoring/score-payment.ts';
import { namedKeys, reasonText } from '../reads/reason-text.ts';

/** The answer as JSON text: what is stored is what is sent. */
export function answerText(
  score: PaymentScore,
  of: { payment: PaymentToScore; profiles: Profiles; answered_at: string; stored: boolean },
): string {
  const { payment, profiles } = of;
  const reasons = score.story?.reasons ?? [];
  const names = new Map(
    namedKeys(reasons).map((key) => [
      key,
      profiles.employees.get(key)?.name ?? profiles.vendors.get(key)?.name ?? key,
    ]),
  );
  const setting = {
    currency: payment.currency,
    group_currency: profiles.group_currency,
    time_zone: 'UTC',
    names,
  };
  return JSON.stringify({
    suggestion: score.suggestion,
    score: score.score,
    probability: score.probability,
    band: score.probability === null ? null : bandOf(score.probability),
    expected_loss: score.story?.expected_loss ?? null,
    reasons: reasons.map((reason) => ({
      id: reason.id,
      text: reasonText(reason, setting),
      values: reason.values,
      share: reason.share,
    })),
    found: score.findings.map(({ detector, score: found }) => ({ detector, score: found })),
    asked: score.asked,
    not_asked: score.not_asked,
    unknowns: score.unknowns,
    versions: {
      model: profiles.model_version,
      detectors: profiles.detector_versions,
      rules: profiles.rule_versions,
    },
    data: {
      as_of: profiles.as_of,
      generation: profiles.generation,
      history_from: profiles.history_from,
    },
    payment_request_key: payment.payment_request_key,
    requested_at: new Date(payment.requested_at).toISOString(),
    answered_at: of.answered_at,
    stored: of.stored,
  });
}
