import type { EventLog } from './event-log.ts';

type CaseActivities = Pick<EventLog, 'case_count' | 'case_offsets' | 'activity'>;
type Variants = Pick<
  EventLog,
  'variant_of_case' | 'variant_count' | 'variant_cases' | 'variant_example'
>;

/**
 * The variant of every case: cases with the same activities in the same order share one.
 *
 * Definition  A hash of the activities finds the candidates; the activities themselves decide, so
 *             two hashes that collide stay two variants.
 */
export function variantsOf(log: CaseActivities): Variants {
  const variant_of_case = new Int32Array(log.case_count);
  const examples: number[] = [];
  const cases: number[] = [];
  const latestWithHash = new Map<number, number>();
  const previousWithHash: number[] = [];
  for (let index = 0; index < log.case_count; index += 1) {
    const hash = hashOf(log, index);
    const latest = latestWithHash.get(hash) ?? -1;
    let variant = latest;
    while (variant >= 0 && !sameActivities(log, examples[variant] ?? 0, index))
      variant = previousWithHash[variant] ?? -1;
    if (variant < 0) {
      variant = examples.length;
      examples.push(index);
      cases.push(0);
      previousWithHash.push(latest);
      latestWithHash.set(hash, variant);
    }
    cases[variant] = (cases[variant] ?? 0) + 1;
    variant_of_case[index] = variant;
  }
  return {
    variant_of_case,
    variant_count: examples.length,
    variant_cases: Int32Array.from(cases),
    variant_example: Int32Array.from(examples),
  };
}

/** FNV-1a over the activities. */
function hashOf({ case_offsets, activity }: CaseActivities, index: number): number {
  let hash = 0x811c9dc5;
  const to = case_offsets[index + 1] ?? 0;
  for (let event = case_offsets[index] ?? 0; event < to; event += 1)
    hash = Math.imul(hash ^ (activity[event] ?? 0), 0x01000193);
  return hash ^ (hash >>> 15);
}

function sameActivities(
  { case_offsets, activity }: CaseActivities,
  one: number,
  other: number,
): boolean {
  const a = case_offsets[one] ?? 0;
  const b = case_offsets[other] ?? 0;
  const length = (case_offsets[one + 1] ?? 0) - a;
  if ((case_offsets[other + 1] ?? 0) - b !== length) return false;
  for (let at = 0; at < length; at += 1) if (activity[a + at] !== activity[b + at]) return false;
  return true;
}
