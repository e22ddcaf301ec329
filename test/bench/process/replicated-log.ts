import type { CodedColumn, EventColumns } from '#ingest/event-logs/event-columns.ts';

/** A log over and over, every copy with cases of its own: size without another file. */
export function replicatedLog(columns: EventColumns, copies: number): EventColumns {
  const { event_count } = columns;
  const cases = columns.case.names.length;
  const names: string[] = [];
  for (let copy = 0; copy < copies; copy += 1)
    for (const name of columns.case.names) names.push(`${name} ${copy}`);
  const code = new Int32Array(event_count * copies);
  const source_row = new Int32Array(code.length);
  for (let row = 0; row < code.length; row += 1) {
    const copy = Math.floor(row / event_count);
    code[row] = (columns.case.code[row - copy * event_count] ?? 0) + copy * cases;
    source_row[row] = row;
  }
  const repeated = (column: CodedColumn | null): CodedColumn | null =>
    column === null ? null : { names: column.names, code: repeatedCodes(column.code, copies) };
  return {
    event_count: code.length,
    source_row,
    case: { names, code },
    activity: { names: columns.activity.names, code: repeatedCodes(columns.activity.code, copies) },
    complete_ms: repeatedTimes(columns.complete_ms, copies),
    start_ms: columns.start_ms === null ? null : repeatedTimes(columns.start_ms, copies),
    resource: repeated(columns.resource),
    role: repeated(columns.role),
    attributes: {},
    left_out: [],
  };
}

function repeatedCodes(codes: Int32Array, copies: number): Int32Array {
  const all = new Int32Array(codes.length * copies);
  for (let copy = 0; copy < copies; copy += 1) all.set(codes, copy * codes.length);
  return all;
}

function repeatedTimes(times: Float64Array, copies: number): Float64Array {
  const all = new Float64Array(times.length * copies);
  for (let copy = 0; copy < copies; copy += 1) all.set(times, copy * times.length);
  return all;
}

/** Half of the cases, scattered: the selection that hurts a processor's guesses most. */
export function scatteredHalf(case_count: number): Uint8Array {
  let state = 42;
  return Uint8Array.from({ length: case_count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 16) & 1;
  });
}

/** Milliseconds of the middle one of several runs, after two to warm up. */
export function medianMs(work: () => unknown, runs = 15): number {
  const times: number[] = [];
  for (let run = -2; run < runs; run += 1) {
    const from = performance.now();
    work();
    if (run >= 0) times.push(performance.now() - from);
  }
  times.sort((a, b) => a - b);
  return times[Math.floor(times.length / 2)] ?? 0;
}
