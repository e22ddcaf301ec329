import { completeLog } from './encode.ts';
import type { CaseAttribute, EventLog } from './event-log.ts';

/** Some cases of a log as a log of their own; `event[i]` is where its event i stands in the whole. */
export interface PartOfLog {
  readonly log: EventLog;
  readonly event: Int32Array;
}

/** Takes the kept cases (one byte per case, 1 = kept) out of a log, in their order. */
export function partOfLog(whole: EventLog, kept: Uint8Array): PartOfLog {
  const indices: number[] = [];
  const events: number[] = [];
  const case_offsets = [0];
  for (let index = 0; index < whole.case_count; index += 1) {
    if (kept[index] !== 1) continue;
    indices.push(index);
    const end = whole.case_offsets[index + 1] ?? 0;
    for (let event = whole.case_offsets[index] ?? 0; event < end; event += 1) events.push(event);
    case_offsets.push(events.length);
  }
  const event = Int32Array.from(events);
  const time_ms = event.length === 0 ? new Float64Array(0) : numbersAt(whole.time_ms, event);
  const attributes: Record<string, CaseAttribute> = {};
  for (const [name, attribute] of Object.entries(whole.case_attributes))
    attributes[name] =
      attribute.kind === 'number'
        ? { kind: 'number', value: Float64Array.from(indices, (at) => attribute.value[at] ?? NaN) }
        : { ...attribute, code: Int32Array.from(indices, (at) => attribute.code[at] ?? -1) };
  return {
    event,
    log: completeLog({
      event_count: event.length,
      case_count: indices.length,
      cases: indices.map((index) => whole.cases[index] ?? ''),
      activities: whole.activities,
      case_offsets: Int32Array.from(case_offsets),
      activity: Uint16Array.from(event, (at) => whole.activity[at] ?? 0),
      time_ms,
      start_ms: whole.has_start ? numbersAt(whole.start_ms, event) : time_ms,
      has_start: whole.has_start,
      day_only: whole.day_only && Uint8Array.from(event, (at) => whole.day_only?.[at] ?? 0),
      source_row: Int32Array.from(event, (at) => whole.source_row[at] ?? 0),
      resource: whole.resource && Int32Array.from(event, (at) => whole.resource?.[at] ?? -1),
      resources: whole.resources,
      role: whole.role && Int32Array.from(event, (at) => whole.role?.[at] ?? -1),
      roles: whole.roles,
      case_attributes: attributes,
      left_out: whole.left_out,
    }),
  };
}

function numbersAt(values: Float64Array, at: Int32Array): Float64Array {
  return Float64Array.from(at, (position) => values[position] ?? Number.NaN);
}
