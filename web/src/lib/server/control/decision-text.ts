import { createHash } from 'node:crypto';
import { canonicalJson } from '../state/audit.ts';
import type { LockedCase } from '../state/case-row.ts';
import type { DecisionInput } from '../state/decision-record.ts';
import { tenThousandths } from '../decimal.ts';
import type { PolicyDocument } from './policy-document.ts';

/** `decide`: takes the decision. `confirm`: agrees to one that somebody else asked for. */
export type SignedAs = 'decide' | 'confirm';

type Decided = Pick<DecisionInput, 'decision_id' | 'action' | 'verdict' | 'reason_code' | 'note'>;

/**
 * What a person signs, as one text: names sorted, no spaces (RFC 8785 for the values that occur), so
 * that anybody can write it again from the stored decision.
 */
export function decisionText(
  signedAs: SignedAs,
  userId: string,
  decided: Decided,
  payment: Pick<
    LockedCase,
    'case_number' | 'source' | 'company_key' | 'payment_request_id' | 'amount' | 'currency'
  >,
): string {
  return canonicalJson({
    format: 'quittance decision 1',
    signed_as: signedAs,
    signed_by: userId,
    decision_id: decided.decision_id,
    action: decided.action,
    verdict: decided.verdict,
    reason_code: decided.reason_code,
    note: decided.note.trim(),
    case_number: payment.case_number,
    source: payment.source,
    company_key: payment.company_key,
    payment_request_id: payment.payment_request_id,
    amount: payment.amount,
    currency: payment.currency,
  });
}

/** The challenge a passkey signs for a text. */
export function challengeFor(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(text).digest());
}

/** Whether the policy wants the release of this amount signed. An amount nobody knows counts as above. */
export function needsSignature(document: PolicyDocument, amountBase: string | null): boolean {
  const from = document.signed_from ?? null;
  if (from === null) return false;
  return amountBase === null || tenThousandths(amountBase.replace('-', '')) >= tenThousandths(from);
}
