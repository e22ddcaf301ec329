import { waitCauses, type WaitCause, type WaitSplit } from './causes.ts';

/** Waits of a group of events: of an edge, or of a step. All but the counts in seconds, null where no wait is known. */
export interface WaitSummary {
  readonly count: number;
  readonly known: number;
  readonly mean: number | null;
  readonly median: number | null;
  readonly p90: number | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly sum: number | null;
  readonly stdev: number | null;
  /** Parts of the calendar time; null before the causes are known. */
  readonly parts: Readonly<Record<WaitCause, number>> | null;
  readonly main_cause: WaitCause | null;
}

/**
 * Gathers waits group by group in one walk over the events, then summarises each group.
 *
 * Definition  Median and P90 interpolated (type 7); deviation of a sample (n - 1)
 * Units       added in milliseconds, summarised in seconds
 */
export class WaitsBy {
  readonly #group: number[] = [];
  readonly #wait: number[] = [];
  readonly #counts: number[] = [];
  readonly #parts: (number[] | null)[] = [];

  /** Counts one event of a group; NaN for an unknown wait. */
  add(group: number, wait_ms: number): void {
    this.#counts[group] = (this.#counts[group] ?? 0) + 1;
    if (Number.isNaN(wait_ms)) return;
    this.#group.push(group);
    this.#wait.push(wait_ms);
  }

  /** Adds the parts of one event's wait to its group. */
  addParts(group: number, parts: WaitSplit['parts'], event: number): void {
    const sums = (this.#parts[group] ??= waitCauses.map(() => 0));
    for (const [position, cause] of waitCauses.entries())
      sums[position] = (sums[position] ?? 0) + (parts[cause][event] ?? 0);
  }

  /** One summary per group, by group number. */
  summaries(): readonly WaitSummary[] {
    const size = this.#counts.length;
    const starts = new Int32Array(size + 1);
    for (const group of this.#group) starts[group + 1] = (starts[group + 1] ?? 0) + 1;
    for (let group = 0; group < size; group += 1)
      starts[group + 1] = (starts[group + 1] ?? 0) + (starts[group] ?? 0);
    const next = starts.slice();
    const waits = new Float64Array(this.#wait.length);
    for (const [row, group] of this.#group.entries()) {
      const at = next[group] ?? 0;
      waits[at] = this.#wait[row] ?? 0;
      next[group] = at + 1;
    }
    return Array.from({ length: size }, (_, group) => ({
      count: this.#counts[group] ?? 0,
      ...aggregates(waits.subarray(starts[group], starts[group + 1])),
      ...causesOf(this.#parts[group] ?? null),
    }));
  }
}

function aggregates(waits: Float64Array): Omit<WaitSummary, 'count' | 'parts' | 'main_cause'> {
  const known = waits.length;
  if (known === 0) {
    const none = { mean: null, median: null, p90: null, min: null, max: null };
    return { known, ...none, sum: null, stdev: null };
  }
  waits.sort();
  const sum = waits.reduce((total, wait) => total + wait, 0);
  const mean = sum / known;
  const squares = waits.reduce((total, wait) => total + (wait - mean) ** 2, 0);
  return {
    known,
    mean: mean / 1000,
    median: (quantileOfSorted(waits, 0.5) ?? 0) / 1000,
    p90: (quantileOfSorted(waits, 0.9) ?? 0) / 1000,
    min: (waits[0] ?? 0) / 1000,
    max: (waits[known - 1] ?? 0) / 1000,
    sum: sum / 1000,
    stdev: known > 1 ? Math.sqrt(squares / (known - 1)) / 1000 : null,
  };
}

function causesOf(sums: readonly number[] | null): Pick<WaitSummary, 'parts' | 'main_cause'> {
  if (sums === null) return { parts: null, main_cause: null };
  const seconds = (cause: WaitCause): number => (sums[waitCauses.indexOf(cause)] ?? 0) / 1000;
  const parts = {
    rework: seconds('rework'),
    batch: seconds('batch'),
    queue: seconds('queue'),
    prioritisation: seconds('prioritisation'),
    outside_hours: seconds('outside_hours'),
    rest: seconds('rest'),
  };
  const most = waitCauses.reduce((main, cause) => (parts[cause] > parts[main] ? cause : main));
  return { parts, main_cause: parts[most] > 0 ? most : null };
}

function quantileOfSorted(sorted: Float64Array, share: number): number | null {
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)];
  const above = sorted[Math.ceil(position)];
  if (below === undefined || above === undefined) return null;
  return below + (above - below) * (position - Math.floor(position));
}
