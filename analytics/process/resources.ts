import type { EventLog } from './log/event-log.ts';

/** Who stands behind a name in a log. */
export type ResourceKind = 'person' | 'system' | 'unknown';

const systemName =
  /^(system|batch|auto|automatic|bot|robot|rpa|job|scheduler|workflow|interface|service)([\s_\-.:]?\d*$|[\s_\-.:])/i;
const unknownName = /^(none|null|unknown|undefined|missing|n\/?a|-|\?|\*)?$/i;

/** A person, a system user such as `batch_07` or `SYSTEM`, or nobody known such as `NONE`. */
export function resourceKind(name: string): ResourceKind {
  const text = name.trim();
  if (unknownName.test(text)) return 'unknown';
  return systemName.test(text) ? 'system' : 'person';
}

/** Whether a log tells persons apart, and if not, why: what depends on it then says "not assessable". */
export interface PersonColumn {
  readonly is_assessable: boolean;
  readonly reason: 'no_resource_column' | 'no_person_named' | 'anonymous' | null;
  readonly persons: number;
  /** Of all events, those done by a named person. */
  readonly person_event_share: number;
  /** Per resource code: 1 for a person. */
  readonly is_person: Uint8Array;
}

const fewestCases = 100;
const anonymousShare = 0.95;

/**
 * Whether the resource column of a log names persons.
 *
 * Definition  Not when there is none, when it names nobody, or when in a log of 100 cases or more one
 *             name does 95 % of all that persons do: such a name stands for many (`STAFF MEMBER`).
 */
export function personColumn(log: EventLog): PersonColumn {
  const is_person = Uint8Array.from(log.resources, (name) =>
    resourceKind(name) === 'person' ? 1 : 0,
  );
  const counts = new Float64Array(log.resources.length);
  let events = 0;
  for (let event = 0; event < log.event_count; event++) {
    const code = log.resource?.[event] ?? -1;
    if (is_person[code] !== 1) continue;
    counts[code] = (counts[code] ?? 0) + 1;
    events++;
  }
  const persons = counts.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0);
  const busiest = counts.reduce((most, count) => Math.max(most, count), 0);
  const isAnonymous = log.case_count >= fewestCases && busiest >= anonymousShare * events;
  const reason =
    log.resource === null || log.resources.length === 0
      ? 'no_resource_column'
      : events === 0
        ? 'no_person_named'
        : isAnonymous
          ? 'anonymous'
          : null;
  return {
    is_assessable: reason === null,
    reason,
    persons,
    person_event_share: log.event_count === 0 ? 0 : events / log.event_count,
    is_person,
  };
}
