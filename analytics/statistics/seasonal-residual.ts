/** How far one value of a series lies from what its past let expect. */
export interface SeasonalResidual {
  readonly expected: number;
  readonly residual: number;
  /** Robust standard deviation of the residuals before it. */
  readonly scale: number;
  /** residual / scale; 0 when both are 0. */
  readonly deviation: number;
}

/** Lengths in values: one season, and how many seasons are looked back over. */
export interface Season {
  readonly season: number;
  readonly seasons: number;
}

const fewestSeasons = 3;
const fewestResiduals = 8;
const mostResiduals = 512;
/** Turns a median absolute deviation into the standard deviation of a normal distribution. */
const normalFactor = 1.4826;
/** The same for a mean absolute deviation: the greater of the two also sees heavy tails. */
const meanFactor = 1.2533;

/**
 * Residuals of a series after its season and its level, each from the past alone.
 *
 * Definition  season: median of the values one, two, … seasons ago. level: median of what the last season
 *             differed from that. scale: the greater of 1.4826 × median and 1.2533 × mean absolute
 *             residual of up to 512 values before.
 * Shape       one entry per value; null while there is too little past (3 seasons, 8 residuals)
 * Source      the robust decomposition of R. B. Cleveland et al., STL, J. Official Statistics 6 (1990),
 *             one-sided with medians so that no value sees its own future
 */
export function seasonalResiduals(
  values: readonly number[],
  { season, seasons }: Season,
): readonly (SeasonalResidual | null)[] {
  if (!(Number.isInteger(season) && season >= 1 && seasons >= fewestSeasons))
    throw new RangeError(
      `seasonalResiduals: expected a season of at least 1 and ${fewestSeasons} seasons or more, got ${season} and ${seasons}`,
    );
  const differences: number[] = [];
  const residuals: number[] = [];
  return values.map((value, place) => {
    const past = Array.from(
      { length: Math.min(seasons, Math.floor(place / season)) },
      (_, back) => values[place - (back + 1) * season] ?? value,
    );
    if (past.length < fewestSeasons) return null;
    const usual = median(past);
    const level = differences.length < season ? 0 : median(differences.slice(-season));
    differences.push(value - usual);
    const residual = value - usual - level;
    const before = residuals.slice(-mostResiduals).map(Math.abs);
    residuals.push(residual);
    if (before.length < fewestResiduals) return null;
    const mean = before.reduce((sum, one) => sum + one, 0) / before.length;
    const scale = Math.max(normalFactor * median(before), meanFactor * mean);
    return {
      expected: usual + level,
      residual,
      scale,
      deviation: residual === 0 ? 0 : residual / scale,
    };
  });
}

function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}
