import type { Detector, Reason } from '../detectors/detector.ts';
import type { Asked } from './payment-to-score.ts';

/** What a question says of one payment: a finding, nothing, or that something it needs is not given. */
export type Answer = Found | 'nothing' | Missing;

export interface Found {
  readonly score: number;
  /** Ten-thousandths of `currency`. */
  readonly amount_at_stake: number;
  readonly currency: string;
  readonly reasons: readonly Reason[];
}

export interface Missing {
  /** Name of the field, or of the fact, without which it cannot be asked. */
  readonly missing: string;
}

/**
 * A detector asked of one incoming payment.
 *
 * Definition  The same question as the detector's select, with the same parameters, answered from
 *             the profiles; a test holds the two equal for every payment of the demo company.
 */
export interface Question {
  readonly detector: Detector;
  answer(asked: Asked): Answer;
}

/** A reason with its weight instead of its share. */
export interface WeightedReason extends Omit<Reason, 'share'> {
  readonly weight: number;
}

/** Reasons as findings tell them: most telling first, weights turned into shares that add up to 1. */
export function toldReasons(reasons: readonly (WeightedReason | null)[]): Reason[] {
  const told = reasons.filter((reason) => reason !== null);
  const total = told.reduce((sum, { weight }) => sum + weight, 0);
  return told
    .sort((left, right) => right.weight - left.weight || (left.id < right.id ? 1 : -1))
    .map(({ weight, ...reason }) => ({ ...reason, share: weight / total }));
}

/** A reason that is not a number on a scale. */
export function plainReason(
  weight: number,
  id: string,
  values: Reason['values'] = {},
): WeightedReason {
  return { weight, id, values, actual: null, usual_low: null, usual_high: null, unit: '' };
}

/** Decimal text of ten-thousandths, as findings write amounts. */
export function amountText(units: number): string {
  const digits = String(Math.abs(units)).padStart(5, '0');
  return `${units < 0 ? '-' : ''}${digits.slice(0, -4)}.${digits.slice(-4)}`;
}

/** A moment as findings write it: UTC, seconds unless there is a fraction. */
export function timeText(time: number): string {
  return new Date(time)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.?0*Z$/, '');
}

/** A day as findings write it. */
export function dayText(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

/** Half away from zero, to so many digits. */
export function rounded(value: number, digits = 0): number {
  const factor = 10 ** digits;
  return (Math.sign(value) * Math.round(Math.abs(value) * factor)) / factor;
}
