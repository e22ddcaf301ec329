import type { CodedColumn, EventColumns } from '#ingest/event-logs/event-columns.ts';
import { edgeTable } from './edges.ts';
import {
  activityLimit,
  type CaseAttribute,
  type EventLog,
  type TextAttribute,
} from './event-log.ts';
import { variantsOf } from './variants.ts';

/**
 * Sorts the events of a reader and derives what every question needs: edges and variants.
 *
 * Definition  Order within a case: start, completion, source row, so ties keep the order of the
 *             file. A start after its completion counts as its completion.
 * Errors      throws when more than 65,535 different activities came
 */
export function encodeLog(columns: EventColumns): EventLog {
  const { event_count } = columns;
  const used = withoutUnused(columns.case);
  const order = caseOrder(columns, used);
  const { case_offsets, row } = order;
  const time_ms = gatherNumbers(columns.complete_ms, row);
  const start_ms = columns.start_ms === null ? time_ms : starts(columns.start_ms, time_ms, row);
  const case_attributes: Record<string, CaseAttribute> = {};
  for (const [name, column] of Object.entries(columns.attributes))
    case_attributes[name] = caseAttribute(column, row, case_offsets);
  return completeLog({
    event_count,
    case_count: used.names.length,
    cases: used.names,
    activities: columns.activity.names,
    case_offsets,
    activity: activityCodes(columns.activity, row),
    time_ms,
    start_ms,
    has_start: columns.start_ms !== null,
    day_only: null,
    source_row: gather(columns.source_row, row),
    resource: columns.resource === null ? null : gather(columns.resource.code, row),
    resources: columns.resource?.names ?? [],
    role: columns.role === null ? null : gather(columns.role.code, row),
    roles: columns.role?.names ?? [],
    case_attributes,
    left_out: columns.left_out,
  });
}

/** What of a log must be known before the rest follows. */
export type SortedEvents = Omit<
  EventLog,
  'case_index' | 'edges' | 'variant_of_case' | 'variant_count' | 'variant_cases' | 'variant_example'
>;

/**
 * A log from events already in the order of their cases: adds case numbers, edges and variants.
 *
 * Errors  throws when more than 65,535 different activities came
 */
export function completeLog(events: SortedEvents): EventLog {
  if (events.activities.length > activityLimit)
    throw new Error(
      `expected at most ${activityLimit} different activities, got ${events.activities.length}: the column chosen for the activity seems to name documents; choose the one that names the step`,
    );
  const case_index = new Int32Array(events.event_count);
  for (let index = 0; index < events.case_count; index += 1)
    case_index.fill(index, events.case_offsets[index], events.case_offsets[index + 1]);
  return { ...events, case_index, ...variantsOf(events), edges: edgeTable(events, case_index) };
}

/** Case names that events use, numbered by first appearance: a trace without events is no case. */
function withoutUnused({ names, code }: CodedColumn): CodedColumn {
  const renumbered = new Int32Array(names.length).fill(-1);
  const used: string[] = [];
  const codes = new Int32Array(code.length);
  for (let row = 0; row < code.length; row += 1) {
    const old = code[row] ?? 0;
    let number = renumbered[old] ?? -1;
    if (number < 0) {
      number = used.length;
      renumbered[old] = number;
      used.push(names[old] ?? '');
    }
    codes[row] = number;
  }
  return { names: used, code: codes };
}

function caseOrder(
  columns: EventColumns,
  used: CodedColumn,
): { case_offsets: Int32Array; row: Int32Array } {
  const caseCount = used.names.length;
  const case_offsets = new Int32Array(caseCount + 1);
  for (const index of used.code) case_offsets[index + 1] = (case_offsets[index + 1] ?? 0) + 1;
  for (let index = 0; index < caseCount; index += 1)
    case_offsets[index + 1] = (case_offsets[index + 1] ?? 0) + (case_offsets[index] ?? 0);
  const next = case_offsets.slice();
  const row = new Int32Array(columns.event_count);
  for (let event = 0; event < row.length; event += 1) {
    const index = used.code[event] ?? 0;
    const position = next[index] ?? 0;
    row[position] = event;
    next[index] = position + 1;
  }
  const complete = columns.complete_ms;
  const start = columns.start_ms ?? complete;
  const earlier = (a: number, b: number): number =>
    (start[a] ?? 0) - (start[b] ?? 0) || (complete[a] ?? 0) - (complete[b] ?? 0) || a - b;
  for (let index = 0; index < caseCount; index += 1) {
    const from = case_offsets[index] ?? 0;
    const to = case_offsets[index + 1] ?? 0;
    for (let at = from + 1; at < to; at += 1)
      if (earlier(row[at - 1] ?? 0, row[at] ?? 0) > 0) {
        row.subarray(from, to).sort(earlier);
        break;
      }
  }
  return { case_offsets, row };
}

function activityCodes(column: CodedColumn, row: Int32Array): Uint16Array {
  const codes = new Uint16Array(row.length);
  for (let at = 0; at < row.length; at += 1) codes[at] = column.code[row[at] ?? 0] ?? 0;
  return codes;
}

function starts(start_ms: Float64Array, time_ms: Float64Array, row: Int32Array): Float64Array {
  const sorted = gatherNumbers(start_ms, row);
  for (let at = 0; at < sorted.length; at += 1) {
    const complete = time_ms[at] ?? 0;
    const start = sorted[at] ?? 0;
    if (!(start <= complete)) sorted[at] = complete;
  }
  return sorted;
}

function gather(values: Int32Array, row: Int32Array): Int32Array {
  const sorted = new Int32Array(row.length);
  for (let at = 0; at < row.length; at += 1) sorted[at] = values[row[at] ?? 0] ?? 0;
  return sorted;
}

function gatherNumbers(values: Float64Array, row: Int32Array): Float64Array {
  const sorted = new Float64Array(row.length);
  for (let at = 0; at < row.length; at += 1) sorted[at] = values[row[at] ?? 0] ?? 0;
  return sorted;
}

function caseAttribute(
  column: CodedColumn,
  row: Int32Array,
  case_offsets: Int32Array,
): TextAttribute {
  const code = new Int32Array(case_offsets.length - 1).fill(-1);
  for (let index = 0; index < code.length; index += 1)
    for (let at = case_offsets[index] ?? 0; at < (case_offsets[index + 1] ?? 0); at += 1) {
      const found = column.code[row[at] ?? 0] ?? -1;
      if (found < 0) continue;
      code[index] = found;
      break;
    }
  return { kind: 'text', names: column.names, code };
}
