import type { Action, DeliveryState, ReasonCode, Verdict } from '#lib/decisions.ts';
import type { Person } from '../auth/person.ts';
import type { Queries, State } from './database.ts';

/** What a person decided, as posted. */
export interface DecisionInput {
  /** Made by the client, so that a repeated request gets the same answer. */
  readonly decision_id: string;
  readonly case_number: string;
  /** `Case.version` the person saw. */
  readonly case_version: number;
  readonly verdict: Verdict;
  readonly reason_code: ReasonCode;
  readonly action: Action;
  readonly note: string;
  /** `payment_flow.status` and `status_version` the person saw (or `CaseDetail.erp_status`, `erp_version` when newer). */
  readonly expected_status: string;
  readonly expected_version: number;
}

/** A decision with its way to the ERP. */
export interface Decision {
  readonly decision_id: string;
  readonly case_number: string;
  readonly verdict: Verdict;
  readonly reason_code: ReasonCode;
  readonly action: Action;
  readonly note: string;
  readonly decided_by: string;
  readonly decided_by_name: string;
  readonly decided_at: string;
  readonly undone_at: string | null;
  readonly delivery: DeliveryState | null;
  readonly attempts: number;
  readonly delivery_error: string | null;
  readonly erp_status: string | null;
  readonly send_at: string | null;
  readonly accepted_at: string | null;
}

export type DecideResult =
  /** `repeated`: the same decision id came before; nothing was done twice. */
  | { readonly outcome: 'decided'; readonly decision: Decision; readonly repeated: boolean }
  /** The case does not exist, or the person may not see it: not told apart. */
  | { readonly outcome: 'not_found' }
  | { readonly outcome: 'forbidden' }
  /** Somebody was faster, or new findings came in: show the case again. */
  | { readonly outcome: 'changed'; readonly case_version: number }
  /** A field is not allowed: which. */
  | { readonly outcome: 'invalid'; readonly field: string }
  /** Above the person's limit: nothing was recorded; `who` may release it. */
  | {
      readonly outcome: 'needs_second_person';
      readonly limit: string;
      readonly limit_currency: string;
      readonly who: readonly string[];
    };

export type UndoResult =
  | { readonly outcome: 'undone' }
  | { readonly outcome: 'too_late' }
  | { readonly outcome: 'not_found' };
