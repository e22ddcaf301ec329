import { wilsonInterval } from '../statistics/wilson-interval.ts';

/** What is known about payments that were flagged, and about a random sample of those that were not. */
export interface ReviewCounts {
  readonly flagged_true: number;
  readonly unflagged: number;
  readonly sampled: number;
  readonly sampled_true: number;
}

/**
 * Share of everything worth stopping that was flagged, estimated from a random sample of the rest.
 *
 * Definition  flagged_true / (flagged_true + unflagged * sampled_true / sampled); the interval
 *             carries the 95 % Wilson interval of the sample's share, so it is wide while the
 *             sample is small.
 * Units       fractions 0..1
 * Errors      null without a sample, or when nothing true is known anywhere; throws when the
 *             sample is larger than what it is drawn from
 */
export function recallEstimate({ flagged_true, unflagged, sampled, sampled_true }: ReviewCounts): {
  readonly recall: number;
  readonly low: number;
  readonly high: number;
} | null {
  if (sampled > unflagged)
    throw new RangeError(
      `recallEstimate: ${sampled} sampled of ${unflagged} unflagged payments; count the same payments in both`,
    );
  const share = wilsonInterval(sampled_true, sampled);
  if (share === null || flagged_true + sampled_true === 0) return null;
  const recallAtShare = (missed: number) => flagged_true / (flagged_true + unflagged * missed);
  return {
    recall: recallAtShare(sampled_true / sampled),
    low: recallAtShare(share.high),
    high: share.low === 0 && flagged_true === 0 ? 0 : recallAtShare(share.low),
  };
}
