import type { CaseState, DeliveryState } from '#lib/decisions.ts';
import type { Person } from '../auth/person.ts';
import type { Queries } from './database.ts';

/** A case as lists show it: the findings that tell one story about one subject. */
export interface Case {
  readonly case_number: string;
  readonly story_key: string;
  readonly payment_request_key: string | null;
  readonly payment_request_id: string | null;
  readonly invoice_key: string | null;
  readonly vendor_key: string | null;
  readonly company_key: string;
  /** What the row says: names and numbers as they were when the case was last brought up to date. */
  readonly title: CaseTitle;
  readonly detectors: readonly string[];
  /** 0..1, higher = more suspicious. */
  readonly score: number;
  /** Probability times amount at stake, group currency; null when the amount is not known. */
  readonly expected_loss: string | null;
  readonly amount: string | null;
  readonly currency: string | null;
  /** Amount in group currency. */
  readonly amount_base: string | null;
  readonly state: CaseState;
  readonly assignee: string | null;
  readonly assignee_name: string | null;
  readonly due_at: string | null;
  readonly snoozed_until: string | null;
  readonly opened_at: string;
  readonly updated_at: string;
  /** Grows with every change; a decision names the version it saw. */
  readonly version: number;
  /** Latest decision that was not undone, and how far it got. */
  readonly decision_id: string | null;
  readonly action: string | null;
  readonly verdict: string | null;
  readonly delivery: DeliveryState | null;
  readonly delivery_error: string | null;
}

export interface CaseTitle {
  readonly vendor_name: string | null;
  readonly invoice_number: string | null;
  readonly company_name: string | null;
}

/** A finding as it was when it entered the case. */
export interface CaseFinding {
  readonly finding_key: string;
  readonly detector: string;
  readonly score: number;
  readonly amount_at_stake: string | null;
  readonly currency: string | null;
  readonly reasons: readonly import('#analytics/detectors/detector.ts').Reason[];
  readonly found_as_of: string;
}

export interface CaseComment {
  readonly comment_id: string;
  readonly author_name: string;
  readonly body: string;
  readonly written_at: string;
}

/** A case with everything its detail page needs from the state. */
export interface CaseDetail extends Case {
  readonly findings: readonly CaseFinding[];
  readonly comments: readonly CaseComment[];
  readonly decisions: readonly import('./decisions.ts').Decision[];
  /** What the ERP last answered us; null when it never did. Newer than the warehouse until the next extract. */
  readonly erp_status: string | null;
  readonly erp_version: number | null;
}

export const caseViews = ['open', 'mine', 'waiting', 'snoozed', 'decided', 'all'] as const;
export type CaseView = (typeof caseViews)[number];

export interface CaseFilter {
  readonly view: CaseView;
  readonly company_key?: string | null;
  readonly detector?: string | null;
  readonly search?: string | null;
  readonly limit: number;
  readonly offset?: number;
}
