import { createHash } from 'node:crypto';

/** How an answer can go wrong. `drop`: applied, but the connection breaks before the answer. */
export const faults = ['none', 'slow', 'fail', 'drop', 'repeat'] as const;
export type Fault = (typeof faults)[number];

/** Share of answers with each fault; the rest are without. */
export interface FaultPlan {
  readonly seed: number;
  readonly shares: Readonly<Partial<Record<Fault, number>>>;
}

/**
 * Reads `seed=7,slow=0.1,fail=0.2,drop=0.2,repeat=0.1`; empty means no faults. The n-th decision
 * request of a process always gets the same fault for the same seed.
 */
export function readFaultPlan(text: string): FaultPlan {
  const shares: Partial<Record<Fault, number>> = {};
  let seed = 0;
  for (const part of text.split(',').filter((item) => item !== '')) {
    const [name = '', value = ''] = part.split('=');
    const number = Number(value);
    if (name === 'seed' && Number.isInteger(number)) seed = number;
    else if (faults.some((fault) => fault === name) && number >= 0 && number <= 1) {
      shares[name as Fault] = number;
    } else {
      throw new Error(
        `--faults: expected seed=N or one of ${faults.join(', ')} with a share from 0 to 1, but got "${part}"`,
      );
    }
  }
  return { seed, shares };
}

/** The fault of the n-th request. */
export function faultOf(plan: FaultPlan, n: number): Fault {
  const hash = createHash('sha256').update(`${plan.seed} ${n}`).digest();
  let left = hash.readUInt32BE() / 2 ** 32;
  for (const fault of faults) {
    left -= plan.shares[fault] ?? 0;
    if (left < 0) return fault;
  }
  return 'none';
}
