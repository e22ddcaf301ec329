/** Randomness of one schedule: the same seed always gives the same schedule. */
export interface Chance {
  /** 0 <= x < 1. */
  random(): number;
  /** 0 <= n < below. */
  below(limit: number): number;
  /** True with this probability. */
  with(probability: number): boolean;
  oneOf<T>(values: readonly T[]): T;
  uuid(): string;
}

export function chanceOf(seed: number): Chance {
  let a = (seed * 2_654_435_761) >>> 0;
  const random = (): number => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(random() * limit);
  const hex = (digits: number) =>
    Array.from({ length: digits }, () => below(16).toString(16)).join('');
  return {
    random,
    below,
    with: (probability) => random() < probability,
    oneOf: (values) => values[below(values.length)] as (typeof values)[number],
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`,
  };
}
