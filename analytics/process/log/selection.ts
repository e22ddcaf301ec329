import { caseSpans } from './cases.ts';
import type { CaseAttribute, EventLog } from './event-log.ts';

/** Conditions on cases; all must hold. */
export interface CaseFilter {
  /** Cases that began in, ended in, or lie wholly within from..to (epoch milliseconds, end exclusive). */
  readonly period?: {
    readonly clock: 'started' | 'ended' | 'within';
    readonly from_ms: number;
    readonly to_ms: number;
  };
  /** Attribute texts of which one must match. */
  readonly texts?: Readonly<Record<string, readonly string[]>>;
  /** Attribute numbers from..to, end exclusive; unknown numbers do not match. */
  readonly numbers?: Readonly<Record<string, { readonly from: number; readonly to: number }>>;
  readonly variants?: readonly number[];
  /** Cases that have all these activities, and none of those. */
  readonly withActivities?: readonly string[];
  readonly withoutActivities?: readonly string[];
  readonly duration_seconds?: { readonly from: number; readonly to: number };
}

/**
 * The cases that meet a filter: one byte per case, 1 = kept.
 *
 * Errors  throws for an attribute the log does not have, or one of the other kind
 */
export function casesWhere(log: EventLog, filter: CaseFilter): Uint8Array {
  const kept = new Uint8Array(log.case_count).fill(1);
  const keepIf = (holds: (index: number) => boolean): void => {
    for (let index = 0; index < kept.length; index += 1)
      if (kept[index] === 1 && !holds(index)) kept[index] = 0;
  };
  for (const [name, texts] of Object.entries(filter.texts ?? {})) {
    const attribute = attributeNamed(log, name);
    if (attribute.kind !== 'text') throw new Error(wrongKind(name, 'texts', attribute));
    const wanted = Uint8Array.from(attribute.names, (text) => Number(texts.includes(text)));
    keepIf((index) => wanted[attribute.code[index] ?? -1] === 1);
  }
  for (const [name, { from, to }] of Object.entries(filter.numbers ?? {})) {
    const attribute = attributeNamed(log, name);
    if (attribute.kind !== 'number') throw new Error(wrongKind(name, 'numbers', attribute));
    keepIf((index) => {
      const value = attribute.value[index] ?? Number.NaN;
      return value >= from && value < to;
    });
  }
  if (filter.variants !== undefined) {
    const wanted = new Set(filter.variants);
    keepIf((index) => wanted.has(log.variant_of_case[index] ?? -1));
  }
  if (filter.period !== undefined || filter.duration_seconds !== undefined)
    keepIf(spanTest(log, filter));
  for (const name of filter.withActivities ?? []) keepIf(hasActivity(log, name));
  for (const name of filter.withoutActivities ?? []) {
    const has = hasActivity(log, name);
    keepIf((index) => !has(index));
  }
  return kept;
}

function attributeNamed(log: EventLog, name: string): CaseAttribute {
  const attribute = log.case_attributes[name];
  if (attribute === undefined)
    throw new Error(
      `expected a case attribute of this log (${Object.keys(log.case_attributes).join(', ') || 'it has none'}), got "${name}"; name it when the log is read`,
    );
  return attribute;
}

function wrongKind(name: string, asked: string, attribute: CaseAttribute): string {
  return `case attribute "${name}" holds ${attribute.kind}s, but the filter gave ${asked}; filter it as ${attribute.kind}s`;
}

function spanTest(log: EventLog, filter: CaseFilter): (index: number) => boolean {
  const { start_ms, end_ms } = caseSpans(log);
  const { period, duration_seconds } = filter;
  const inPeriod = (time: number): boolean =>
    period === undefined || (time >= period.from_ms && time < period.to_ms);
  return (index) => {
    const start = start_ms[index] ?? 0;
    const end = end_ms[index] ?? 0;
    if (period !== undefined) {
      if (period.clock !== 'ended' && !inPeriod(start)) return false;
      if (period.clock !== 'started' && !inPeriod(end)) return false;
    }
    if (duration_seconds === undefined) return true;
    const seconds = (end - start) / 1000;
    return seconds >= duration_seconds.from && seconds < duration_seconds.to;
  };
}

/** One pass over the events, not a search per case. */
function hasActivity(log: EventLog, name: string): (index: number) => boolean {
  const activity = log.activities.indexOf(name);
  const has = new Uint8Array(log.case_count);
  if (activity >= 0)
    for (let event = 0; event < log.event_count; event += 1)
      if (log.activity[event] === activity) has[log.case_index[event] ?? 0] = 1;
  return (index) => has[index] === 1;
}
