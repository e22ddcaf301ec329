import { probabilityOf } from '#analytics/stories.ts';

/** Chance that a case is worth stopping, told from its findings as stories tell it. */
export function caseProbability(
  findings: readonly { readonly detector: string; readonly score: number }[],
): number {
  const [first = 0, second = 0] = findings.map(probabilityOf).sort((a, b) => b - a);
  return first + ((1 - first) * second) / 2;
}
