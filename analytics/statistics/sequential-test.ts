/** What is tested: a rate no higher than `acceptable` against one of at least `unacceptable`. */
export interface SequentialRates {
  readonly acceptable: number;
  readonly unacceptable: number;
  /** Chance to stop although the rate is acceptable, and to accept although it is not. */
  readonly false_alarm?: number;
  readonly miss?: number;
}

/**
 * Wald's sequential probability ratio test of a rate: look after each draw, stop as soon as it is clear.
 *
 * Errors  throws when the rates are not 0 < acceptable < unacceptable < 1
 * Source  A. Wald, Sequential tests of statistical hypotheses, Ann. Math. Statist. 16 (1945)
 */
export function sequentialTest(
  rates: SequentialRates,
  seen: { readonly successes: number; readonly count: number },
): 'accept' | 'stop' | 'continue' {
  const { hit, clean, lower, upper } = steps(rates);
  const evidence = seen.successes * hit + (seen.count - seen.successes) * clean;
  if (evidence >= upper) return 'stop';
  return evidence <= lower ? 'accept' : 'continue';
}

/** How many draws without one success it takes until the rate is accepted. */
export function cleanDrawsNeeded(rates: SequentialRates): number {
  const { clean, lower } = steps(rates);
  return Math.ceil(lower / clean);
}

function steps(rates: SequentialRates): {
  hit: number;
  clean: number;
  lower: number;
  upper: number;
} {
  const { acceptable, unacceptable, false_alarm = 0.05, miss = 0.05 } = rates;
  if (!(acceptable > 0 && acceptable < unacceptable && unacceptable < 1))
    throw new RangeError(
      `sequentialTest: expected 0 < acceptable < unacceptable < 1, got ${acceptable} and ${unacceptable}`,
    );
  return {
    hit: Math.log(unacceptable / acceptable),
    clean: Math.log((1 - unacceptable) / (1 - acceptable)),
    lower: Math.log(miss / (1 - false_alarm)),
    upper: Math.log((1 - miss) / false_alarm),
  };
}
