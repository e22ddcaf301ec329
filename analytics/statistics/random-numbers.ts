/** Numbers that look random and are the same for the same seed: 0 <= number < 1. */
export type RandomNumbers = () => number;

/**
 * A seeded source of uniform numbers (32 bits of state, period 2^32).
 *
 * Errors   throws when the seed is not a whole number within 0..2^32-1
 * Source   mulberry32, Tommy Ettinger (public domain)
 * Example  randomNumbers(7)() gives the same first number on every machine
 */
export function randomNumbers(seed: number): RandomNumbers {
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff)
    throw new RangeError(`the seed must be a whole number within 0..4294967295, but it is ${seed}`);
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** A standard normal number (Box and Muller). */
export function normalNumber(random: RandomNumbers): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** `size` different whole numbers of 0..count-1 in random order; all of them when there are fewer. */
export function sampleOf(count: number, size: number, random: RandomNumbers): Int32Array {
  const taken = Math.min(size, count);
  const sample = new Int32Array(taken);
  // Floyd's method: memory of the sample, not of the whole.
  const seen = new Set<number>();
  for (let index = 0; index < taken; index += 1) {
    const top = count - taken + index;
    const drawn = Math.floor(random() * (top + 1));
    const pick = seen.has(drawn) ? top : drawn;
    seen.add(pick);
    sample[index] = pick;
  }
  for (let index = taken - 1; index > 0; index -= 1) {
    const other = Math.floor(random() * (index + 1));
    const kept = sample[index] ?? 0;
    sample[index] = sample[other] ?? 0;
    sample[other] = kept;
  }
  return sample;
}
