import type { LeftOut } from '#ingest/event-logs/event-columns.ts';

/** Most different activities a log may have; more mean that the column names documents, not steps. */
export const activityLimit = 65_535;

/** A case attribute with few different texts: `names[code[case]]`, -1 where unknown. */
export interface TextAttribute {
  readonly kind: 'text';
  readonly names: readonly string[];
  readonly code: Int32Array;
}

/** A case attribute that is a number; NaN where unknown. For selecting only: money is shown from the warehouse. */
export interface NumberAttribute {
  readonly kind: 'number';
  readonly value: Float64Array;
}

/** What is known about the cases of a log besides their events, one entry per case. */
export type CaseAttribute = TextAttribute | NumberAttribute;

/**
 * An event log in columns: what every process analysis reads.
 *
 * Shape   one entry per event, sorted by case, start, completion and source row, so the events of
 *         case c are `case_offsets[c] .. case_offsets[c + 1]`. Cases and activities are numbered in
 *         order of first appearance and named by `cases` and `activities`.
 * Units   milliseconds since 1970 UTC
 */
export interface EventLog {
  readonly event_count: number;
  readonly case_count: number;
  readonly cases: readonly string[];
  readonly activities: readonly string[];
  readonly case_offsets: Int32Array;
  readonly case_index: Int32Array;
  readonly activity: Uint16Array;
  /** Completion of each event. */
  readonly time_ms: Float64Array;
  /** Start of each event; the same array as `time_ms` where the log tells completion only. */
  readonly start_ms: Float64Array;
  readonly has_start: boolean;
  /** 1 where only the day is known; null when all times are known to the second. */
  readonly day_only: Uint8Array | null;
  readonly source_row: Int32Array;
  /** Codes into `resources` and `roles`, -1 unknown; null when the log has no such column. */
  readonly resource: Int32Array | null;
  readonly resources: readonly string[];
  readonly role: Int32Array | null;
  readonly roles: readonly string[];
  readonly variant_of_case: Int32Array;
  /** Per variant: number of cases, and a case that shows its activities. */
  readonly variant_count: number;
  readonly variant_cases: Int32Array;
  readonly variant_example: Int32Array;
  readonly case_attributes: Readonly<Record<string, CaseAttribute>>;
  readonly edges: EdgeTable;
  readonly left_out: readonly LeftOut[];
}

/**
 * Every pair of neighbouring events, once, grouped by the pair of activities.
 *
 * Shape   edge e joins activity `from[e]` to `to[e]`; its rows are `offsets[e] .. offsets[e + 1]`,
 *         ascending by wait, those of unknown wait (within one day known only to the day) last, from
 *         `known_until[e]` on. Row r: `wait_ms[r]` from the completion of the event before to the
 *         start of event `event[r]` of the log, in case `case_index[r]`.
 * Units   wait in milliseconds, at least 0
 */
export interface EdgeTable {
  readonly count: number;
  readonly from: Uint16Array;
  readonly to: Uint16Array;
  readonly offsets: Int32Array;
  readonly known_until: Int32Array;
  readonly wait_ms: Float64Array;
  readonly case_index: Int32Array;
  readonly event: Int32Array;
}
