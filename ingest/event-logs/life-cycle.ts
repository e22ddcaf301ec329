import type { CodedColumn, EventColumns } from './event-columns.ts';

/**
 * What to do where a log tells start and completion as events of their own: `paired` makes one event
 * of the two, `complete` keeps completions only, `all` keeps every event as it stands.
 */
export const lifeCycles = ['paired', 'complete', 'all'] as const;
export type LifeCycle = (typeof lifeCycles)[number];

const startNames = new Set(['start', 'started', 'begin']);
const completeNames = new Set(['complete', 'completed', 'end', 'finish', 'finished']);

type Phase = 'start' | 'complete' | 'other';

/**
 * Joins start and completion of the same work.
 *
 * Definition  A completion takes the earliest open start of the same activity in the same case (and
 *             of the same instance, where the log names instances). A start that never completes
 *             stays an event without duration; other transitions (schedule, assign, suspend) are
 *             counted as left out. A log without both starts and completions stays as it is, as does
 *             one whose events carry their own start (which `complete` leaves out).
 */
export function pairLifeCycles(
  columns: EventColumns,
  options: { life_cycle: CodedColumn; instance: CodedColumn; mode: LifeCycle },
): EventColumns {
  const { life_cycle, instance, mode } = options;
  const phases = life_cycle.names.map(phaseOf);
  const hasBoth = phases.includes('start') && phases.includes('complete');
  if (columns.start_ms !== null)
    return mode === 'complete' ? { ...columns, start_ms: null } : columns;
  if (mode === 'all' || !hasBoth) return columns;
  const phaseAt = (row: number): Phase => phases[life_cycle.code[row] ?? -1] ?? 'complete';
  const kept: number[] = [];
  const start_ms = columns.complete_ms.slice();
  const open = new Map<string, number[]>();
  const taken = new Uint8Array(columns.event_count);
  const order = timeOrder(columns, phaseAt);
  for (const row of mode === 'paired' ? order : []) {
    const phase = phaseAt(row);
    if (phase === 'other') continue;
    const work = `${columns.case.code[row]} ${columns.activity.code[row]} ${instance.code[row]}`;
    if (phase === 'start') {
      const starts = open.get(work);
      if (starts === undefined) open.set(work, [row]);
      else starts.push(row);
      continue;
    }
    const began = open.get(work)?.shift();
    if (began === undefined) continue;
    taken[began] = 1;
    start_ms[row] = columns.complete_ms[began] ?? 0;
  }
  let others = 0;
  let firstOther = -1;
  for (let row = 0; row < columns.event_count; row += 1) {
    const phase = phaseAt(row);
    if (phase === 'complete' || (mode === 'paired' && phase === 'start' && taken[row] === 0))
      kept.push(row);
    else if (phase === 'other' || mode === 'complete') {
      others += 1;
      if (firstOther < 0) firstOther = row;
    }
  }
  const rows = Int32Array.from(kept);
  const left_out = [...columns.left_out];
  if (others > 0)
    left_out.push({
      reason: 'other_life_cycle',
      count: others,
      first_row: columns.source_row[firstOther] ?? 0,
      first_text: life_cycle.names[life_cycle.code[firstOther] ?? -1] ?? '',
    });
  return { ...chosenRows(columns, rows, mode === 'paired' ? start_ms : null), left_out };
}

function phaseOf(name: string): Phase {
  const text = name.trim().toLowerCase();
  if (startNames.has(text)) return 'start';
  return completeNames.has(text) ? 'complete' : 'other';
}

/** By time, starts before completions, then as in the source. */
function timeOrder(columns: EventColumns, phaseAt: (row: number) => Phase): Int32Array {
  const time = columns.complete_ms;
  const rank = (row: number): number => Number(phaseAt(row) !== 'start');
  const order = Int32Array.from({ length: columns.event_count }, (_, row) => row);
  return order.sort((a, b) => (time[a] ?? 0) - (time[b] ?? 0) || rank(a) - rank(b) || a - b);
}

function chosenRows(
  columns: EventColumns,
  rows: Int32Array,
  start_ms: Float64Array | null,
): EventColumns {
  const codes = (column: CodedColumn): CodedColumn => ({
    names: column.names,
    code: rows.map((row) => column.code[row] ?? -1),
  });
  const times = (values: Float64Array): Float64Array =>
    Float64Array.from(rows, (row) => values[row] ?? 0);
  return {
    event_count: rows.length,
    source_row: rows.map((row) => columns.source_row[row] ?? 0),
    case: codes(columns.case),
    activity: codes(columns.activity),
    complete_ms: times(columns.complete_ms),
    start_ms: start_ms === null ? null : times(start_ms),
    resource: columns.resource === null ? null : codes(columns.resource),
    role: columns.role === null ? null : codes(columns.role),
    attributes: Object.fromEntries(
      Object.entries(columns.attributes).map(([name, column]) => [name, codes(column)]),
    ),
    left_out: columns.left_out,
  };
}
