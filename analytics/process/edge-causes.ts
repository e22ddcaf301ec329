import { waitCauses, type WaitCause, type WaitSplit } from './causes.ts';
import type { ActivityControl } from './control.ts';
import type { EventLog } from './log/event-log.ts';

/** The waits of one edge by cause. */
export interface EdgeCauses {
  readonly from: string;
  readonly to: string;
  readonly count: number;
  readonly wait_ms: number;
  readonly parts_ms: Readonly<Record<WaitCause, number>>;
  /** Largest part. */
  readonly main_cause: WaitCause | null;
  /** Of the activity waited for. What is not `own` has no rank. */
  readonly control: ActivityControl;
  /** Place by total wait among the edges that lead to own work; null for the others. */
  readonly rank: number | null;
}

/** Why cases wait, edge by edge; the edges add up to the totals. */
export interface CausesOfWaiting {
  readonly wait_ms: number;
  readonly parts_ms: Readonly<Record<WaitCause, number>>;
  readonly edges: readonly EdgeCauses[];
  /** False where the log names no persons: queue, prioritisation and personal batches are then in `rest`. */
  readonly is_person_known: boolean;
  readonly person_reason: string | null;
  readonly basis: 'calendar_time';
  readonly has_start: boolean;
}

/**
 * Sums of a split per edge, over all cases or those selected.
 *
 * Shape  edges by total wait, the longest first, those that lead to external or planned activities last
 * Units  whole milliseconds of calendar time; the parts add up to the wait exactly
 */
export function causesOfWaiting(
  log: EventLog,
  split: WaitSplit,
  isSelected: Uint8Array | null = null,
): CausesOfWaiting {
  const sums = new Map<number, Float64Array>();
  for (let event = 0; event < log.event_count; event++) {
    const caseIndex = log.case_index[event] ?? 0;
    if (log.case_offsets[caseIndex] === event) continue;
    if (isSelected !== null && isSelected[caseIndex] !== 1) continue;
    const edge =
      (log.activity[event - 1] ?? 0) * log.activities.length + (log.activity[event] ?? 0);
    let sum = sums.get(edge);
    if (sum === undefined) {
      sum = new Float64Array(waitCauses.length + 1);
      sums.set(edge, sum);
    }
    sum[0] = (sum[0] ?? 0) + 1;
    for (const [index, cause] of waitCauses.entries())
      sum[index + 1] = (sum[index + 1] ?? 0) + (split.parts[cause][event] ?? 0);
  }
  const edges = [...sums]
    .map(([edge, sum]) => edgeOf(log, split, edge, sum))
    .sort(
      (a, b) =>
        Number(b.control === 'own') - Number(a.control === 'own') ||
        b.wait_ms - a.wait_ms ||
        (`${a.from}\n${a.to}` < `${b.from}\n${b.to}` ? -1 : 1),
    )
    .map((edge, index) => ({ ...edge, rank: edge.control === 'own' ? index + 1 : null }));
  const parts_ms = partsOf((cause) => edges.reduce((sum, edge) => sum + edge.parts_ms[cause], 0));
  return {
    wait_ms: edges.reduce((sum, { wait_ms }) => sum + wait_ms, 0),
    parts_ms,
    edges,
    is_person_known: split.persons.is_assessable,
    person_reason: split.persons.reason,
    basis: 'calendar_time',
    has_start: log.has_start,
  };
}

function edgeOf(
  log: EventLog,
  split: WaitSplit,
  edge: number,
  sum: Float64Array,
): Omit<EdgeCauses, 'rank'> {
  const to = edge % log.activities.length;
  const parts_ms = partsOf((cause) => sum[waitCauses.indexOf(cause) + 1] ?? 0);
  const wait_ms = waitCauses.reduce((total, cause) => total + parts_ms[cause], 0);
  return {
    from: log.activities[Math.floor(edge / log.activities.length)] ?? '',
    to: log.activities[to] ?? '',
    count: sum[0] ?? 0,
    wait_ms,
    parts_ms,
    main_cause:
      wait_ms === 0
        ? null
        : waitCauses.reduce((most, cause) => (parts_ms[cause] > parts_ms[most] ? cause : most)),
    control: split.control[to] ?? 'own',
  };
}

function partsOf(value: (cause: WaitCause) => number): Record<WaitCause, number> {
  return {
    rework: value('rework'),
    batch: value('batch'),
    queue: value('queue'),
    prioritisation: value('prioritisation'),
    outside_hours: value('outside_hours'),
    rest: value('rest'),
  };
}
