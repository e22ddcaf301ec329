import type { Statement } from '../table.ts';

export const findingKinds = ['risk', 'delay', 'saving'] as const;
export type FindingKind = (typeof findingKinds)[number];

export const subjects = [
  'payment_request',
  'invoice',
  'payment',
  'vendor',
  'approval_step',
  'employee',
] as const;
export type Subject = (typeof subjects)[number];

/** A number or text a user may change; `unit` is shown beside the field. */
export interface ParameterDefinition {
  readonly default: number;
  readonly unit: string;
  readonly meaning: string;
  readonly minimum: number;
  readonly maximum: number;
}
export type Parameters = Readonly<Record<string, number>>;

/**
 * A detector: one question asked of the warehouse.
 *
 * `find` is pure: it returns the select that answers the question. The select sees only what was
 * known at each subject's own moment (no look-ahead), reads only the tables named in `reads`, and
 * gives exactly the columns of `findingColumns`.
 *
 * `reads` names, per table, the column by which the question falls apart: a finding depends only
 * on rows with the same value there. That is what makes an incremental run equal to a rebuild:
 * the runner narrows each table to the touched values and replaces the findings of those values.
 *
 * `wholly` names the small reference tables (employees, delegations, companies) that are read in
 * full beside them: a change in one of these means that the detector looks at everything again.
 *
 * `only` says per table which rows can matter at all; the runner shows the select no others, so that
 * a change elsewhere asks nothing again. A change in a column that the select does not name never does.
 *
 * `knownFrom` says per table from which moment a row can matter (an expression of its columns): no
 * finding with an earlier `found_as_of` may depend on it. Then an increment replaces only findings from
 * the earliest changed moment on, and a select that names `$since` (that moment, else '-infinity')
 * may leave earlier subjects out: they are the same as before. A table without it can matter at any time.
 */
export interface Detector {
  readonly id: string;
  /** Numbers of the audit tests it answers, see `auditTests`; absent when it is none of them. */
  readonly tests?: readonly number[];
  readonly kind: FindingKind;
  readonly subject: Subject;
  /** In words, e.g. "Was this invoice sent twice?" (English; the screen text is message `detector_<id>`). */
  readonly question: string;
  readonly definition: string;
  /** What looks alike but is right, and how it is kept out. */
  readonly falsePositiveGuard: string;
  /** Share of subjects flagged in ordinary data, for expectations; measured, with where. */
  readonly baseRate: string;
  /**
   * Share of findings at score 1 that are worth stopping (kind `risk`) or that come true (`delay`,
   * `saving`), 0..1, before there are verdicts: a belief, written down so that verdicts can replace it.
   */
  readonly prior_rate: number;
  readonly source: string;
  readonly parameters: Readonly<Record<string, ParameterDefinition>>;
  readonly reads: Readonly<Record<string, string>>;
  readonly wholly?: readonly string[];
  readonly only?: Readonly<Record<string, string>>;
  readonly knownFrom?: Readonly<Record<string, string>>;
  find(parameters: Parameters, asOf: string): Statement;
}

/**
 * Columns a detector's select must give, in this order.
 *
 * partition_key   VARCHAR       value of the `reads` column
 * subject_key     UUID          what the finding is about
 * payment_request_key UUID      the request that would pay it, when there is one
 * company_key     UUID          for scoping
 * vendor_key      UUID          null when not about a vendor
 * score           DOUBLE        0..1, higher = more suspicious: 1 - tail probability
 * amount_at_stake DECIMAL(18,4) in `currency`
 * currency        VARCHAR
 * reasons         JSON          [{id, values: {…}, actual, usual_low, usual_high, unit, share}], most telling first, never empty
 * evidence_keys   UUID[]        the other rows that prove it
 * found_as_of     TIMESTAMP     the moment from which it could have been known
 */
export const findingColumns = [
  'partition_key',
  'subject_key',
  'payment_request_key',
  'company_key',
  'vendor_key',
  'score',
  'amount_at_stake',
  'currency',
  'reasons',
  'evidence_keys',
  'found_as_of',
] as const;

/**
 * One reason: message id and values, so that screen and mail say the same in each language.
 *
 * Definition  The last word of a value's name says how it is written for people: `_amount` decimal
 *             text in the `currency` beside it, `_at` UTC time stamp, `_on` date, `_rate` fraction,
 *             `_days`, `_hours`, `_seconds`, `_count` and `_factor` numbers, `_key` an employee or
 *             vendor to be named; anything else is text as it stands.
 */
export interface Reason {
  /** Message key without the prefix `reason_`. */
  readonly id: string;
  readonly values: Readonly<Record<string, string | number>>;
  /** What was seen and what is usual, on one scale, for the range drawing; null when not a number. */
  readonly actual: number | null;
  readonly usual_low: number | null;
  readonly usual_high: number | null;
  readonly unit: string;
  /** Share of the score, 0..1; the shares of a finding add up to 1. */
  readonly share: number;
}

/** A finding as the screens read it from table `finding`. */
export interface Finding {
  readonly finding_key: string;
  readonly detector: string;
  readonly kind: FindingKind;
  readonly subject: Subject;
  readonly subject_key: string;
  readonly payment_request_key: string | null;
  readonly company_key: string;
  readonly vendor_key: string | null;
  readonly score: number;
  readonly amount_at_stake: string;
  readonly currency: string;
  /** In group currency at the rate of the day; null when there is no rate. */
  readonly amount_at_stake_base: string | null;
  readonly reasons: readonly Reason[];
  readonly evidence_keys: readonly string[];
  readonly found_as_of: string;
}
