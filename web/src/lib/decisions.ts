/**
 * The words of a decision, for server and browser. Screen texts are the messages
 * `triage_verdict_<x>`, `triage_reason_<code>`, `triage_action_<x>`, `triage_delivery_<x>`.
 */

/** What the person found to be true, apart from what is done about it. */
export const verdicts = [
  'fraud',
  'error',
  'policy_breach',
  'expected',
  'new_normal',
  'false_alarm',
  'unsure',
] as const;
export type Verdict = (typeof verdicts)[number];

/** What the ERP's approval queue is asked to do. */
export const actions = ['release', 'hold', 'reject', 'refer'] as const;
export type Action = (typeof actions)[number];

/** Why, per verdict; one of them is required. */
export const reasonCodes = {
  fraud: ['account_takeover', 'invented_vendor', 'insider', 'forged_invoice', 'other_fraud'],
  error: [
    'duplicate',
    'wrong_amount',
    'wrong_vendor',
    'wrong_account',
    'wrong_channel',
    'missing_document',
    'other_error',
  ],
  policy_breach: [
    'split_order',
    'limit_exceeded',
    'segregation_of_duties',
    'late_approval',
    'no_purchase_order',
    'other_breach',
  ],
  expected: [
    'confirmed_with_vendor',
    'confirmed_with_requester',
    'contract',
    'seasonal',
    'other_expected',
  ],
  new_normal: ['price_change', 'new_contract', 'new_account_verified', 'other_new_normal'],
  false_alarm: ['wrong_data', 'wrong_match', 'threshold_too_low', 'other_false_alarm'],
  unsure: ['needs_information', 'needs_specialist', 'other_unsure'],
} as const satisfies Record<Verdict, readonly string[]>;
export type ReasonCode = (typeof reasonCodes)[Verdict][number];

/** `waiting`: held or referred, somebody's answer is awaited. */
export const caseStates = ['open', 'waiting', 'snoozed', 'decided'] as const;
export type CaseState = (typeof caseStates)[number];

/**
 * A decision's way to the ERP. `queued` may still be undone; `sent` means the answer is not known;
 * only `accepted` is done. `needs_person` is still retried.
 */
export const deliveryStates = [
  'queued',
  'sent',
  'accepted',
  'refused',
  'retrying',
  'needs_person',
  'undone',
] as const;
export type DeliveryState = (typeof deliveryStates)[number];

/** How long a decision waits before it is sent, so that it can be undone. */
export const undoSeconds = 10;

/** State of the case after a decision: a held or referred payment still awaits its end. */
export function stateAfter(action: Action): CaseState {
  return action === 'hold' || action === 'refer' ? 'waiting' : 'decided';
}

/** The reason codes a verdict allows. */
export function reasonCodesFor(verdict: Verdict): readonly ReasonCode[] {
  return reasonCodes[verdict];
}
