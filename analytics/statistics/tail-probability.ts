/**
 * How rare a score is among all: the share of rows with a score at least as high.
 *
 * Definition  p = #{>= score} / n; equal scores count alike, so the least score has p = 1
 * Units       0 < p <= 1
 */
export function tailProbability(scores: Float64Array): Float64Array {
  const order = Uint32Array.from(scores.keys()).sort(
    (left, right) => (scores[right] ?? 0) - (scores[left] ?? 0),
  );
  const probability = new Float64Array(scores.length);
  for (let end = order.length - 1; end >= 0;) {
    const value = scores[order[end] ?? 0];
    const share = (end + 1) / scores.length;
    for (; end >= 0 && scores[order[end] ?? 0] === value; end -= 1)
      probability[order[end] ?? 0] = share;
  }
  return probability;
}

/** Rows scored by several families of reasons. */
export interface Combined {
  /** -ln of the least tail probability, plus a millionth of that of the second: orders ties. */
  readonly scores: Float64Array;
  /** Least tail probability of all families. */
  readonly probability: Float64Array;
  /** Index of the family that has it. */
  readonly leading: Uint8Array;
}

/**
 * Combines families by their least tail probability, then by the second.
 *
 * Definition  A sum would drown one strong signal in many weak ones (recall at 500 of planted
 *             payments 0.31 for the sum, 0.60 for the maximum of the same families).
 * Shape       family scores of the same rows; higher = more unusual
 * Errors      throws when there is no family
 */
export function combineFamilies(families: readonly Float64Array[]): Combined {
  const [first] = families;
  if (first === undefined) throw new RangeError('combineFamilies: give at least one family');
  const tails = families.map(tailProbability);
  const leading = new Uint8Array(first.length);
  const probability = new Float64Array(first.length).fill(1);
  const scores = first.map((_, row) => {
    let least = Infinity;
    let second = Infinity;
    for (const [family, tail] of tails.entries()) {
      const value = tail[row] ?? 1;
      if (value < least) {
        [least, second] = [value, least];
        leading[row] = family;
      } else if (value < second) second = value;
    }
    probability[row] = least;
    return -Math.log(least) - (second < Infinity ? Math.log(second) * 1e-6 : 0);
  });
  return { scores, probability, leading };
}
