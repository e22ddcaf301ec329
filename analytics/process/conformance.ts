import type { EventLog } from './log/event-log.ts';
import { personColumn, type PersonColumn } from './resources.ts';

/** Two activities of one case that one person must not both do. */
export interface FourEyesRule {
  readonly first: string;
  readonly second: string;
}

/** One case that breaks a rule. */
export interface FourEyesBreak {
  readonly case: string;
  readonly person: string;
  readonly first_ms: number;
  readonly second_ms: number;
}

/** The answer to a four-eyes question. Never "none" where persons are unknown. */
export type FourEyes =
  | {
      readonly rule: FourEyesRule;
      readonly answer: 'assessed';
      /** Cases with both activities done by named persons. */
      readonly cases: number;
      readonly violations: number;
      /** Cases with both activities of which one has no named person. */
      readonly not_assessable_cases: number;
      readonly examples: readonly FourEyesBreak[];
    }
  | {
      readonly rule: FourEyesRule;
      readonly answer: 'not_assessable';
      readonly reason: Exclude<PersonColumn['reason'], null> | 'no_case_with_both';
      readonly not_assessable_cases: number;
    };

/** Activities of a log that one person must not both do in any case, whatever the case. */
export interface DutyRule {
  readonly duty: readonly string[];
  readonly against: readonly string[];
}

/** The answer to a segregation-of-duties question. */
export type SegregationOfDuties =
  | {
      readonly rule: DutyRule;
      readonly answer: 'assessed';
      readonly persons: number;
      readonly violations: readonly {
        readonly person: string;
        readonly duty_events: number;
        readonly against_events: number;
      }[];
    }
  | {
      readonly rule: DutyRule;
      readonly answer: 'not_assessable';
      readonly reason: Exclude<PersonColumn['reason'], null>;
    };

const exampleLimit = 100;

/**
 * Whether the same person did both of two activities in a case.
 *
 * Definition  A case breaks the rule when the named persons of the first activity and those of the
 *             second meet. System users and unknown names are no persons. A case without a named
 *             person on either side is counted as not assessable, unless a break is seen already.
 * Shape       one answer per rule, the examples in order of the cases, at most 100
 */
export function fourEyes(log: EventLog, rules: readonly FourEyesRule[]): readonly FourEyes[] {
  const persons = personColumn(log);
  return rules.map((rule) => checkRule(log, persons, rule));
}

function checkRule(log: EventLog, persons: PersonColumn, rule: FourEyesRule): FourEyes {
  const first = log.activities.indexOf(rule.first);
  const second = log.activities.indexOf(rule.second);
  let cases = 0;
  let violations = 0;
  let unknown = 0;
  const examples: FourEyesBreak[] = [];
  for (let index = 0; index < log.case_count; index++) {
    const doers = [
      actors(log, persons, index, first),
      actors(log, persons, index, second),
    ] as const;
    if (doers[0].events === 0 || doers[1].events === 0) continue;
    if (!persons.is_assessable || doers[0].persons.size === 0 || doers[1].persons.size === 0) {
      unknown++;
      continue;
    }
    cases++;
    const both = [...doers[0].persons].find(([person]) => doers[1].persons.has(person));
    if (both === undefined) continue;
    violations++;
    if (examples.length < exampleLimit)
      examples.push({
        case: log.cases[index] ?? '',
        person: log.resources[both[0]] ?? '',
        first_ms: both[1],
        second_ms: doers[1].persons.get(both[0]) ?? Number.NaN,
      });
  }
  if (persons.reason !== null)
    return {
      rule,
      answer: 'not_assessable',
      reason: persons.reason,
      not_assessable_cases: unknown,
    };
  if (cases === 0)
    return {
      rule,
      answer: 'not_assessable',
      reason: 'no_case_with_both',
      not_assessable_cases: unknown,
    };
  return { rule, answer: 'assessed', cases, violations, not_assessable_cases: unknown, examples };
}

function actors(
  log: EventLog,
  persons: PersonColumn,
  caseIndex: number,
  activity: number,
): { events: number; persons: Map<number, number> } {
  const found = new Map<number, number>();
  let events = 0;
  const end = log.case_offsets[caseIndex + 1] ?? 0;
  for (let event = log.case_offsets[caseIndex] ?? 0; event < end; event++) {
    if (log.activity[event] !== activity) continue;
    events++;
    const code = log.resource?.[event] ?? -1;
    if (persons.is_person[code] === 1 && !found.has(code)) found.set(code, log.time_ms[event] ?? 0);
  }
  return { events, persons: found };
}

/**
 * Whether one person holds two duties that must be apart, over the whole log.
 *
 * Definition  a person breaks the rule who did an activity of the one duty and one of the other, in
 *             whatever cases
 * Shape       one answer per rule; persons by their name
 */
export function segregationOfDuties(
  log: EventLog,
  rules: readonly DutyRule[],
): readonly SegregationOfDuties[] {
  const persons = personColumn(log);
  return rules.map((rule): SegregationOfDuties => {
    if (persons.reason !== null) return { rule, answer: 'not_assessable', reason: persons.reason };
    const duty = countsOf(log, persons, rule.duty);
    const against = countsOf(log, persons, rule.against);
    const violations = [...duty]
      .flatMap(([code, duty_events]) => {
        const against_events = against.get(code);
        return against_events === undefined
          ? []
          : [{ person: log.resources[code] ?? '', duty_events, against_events }];
      })
      .sort((a, b) => (a.person < b.person ? -1 : 1));
    const seen = new Set([...duty.keys(), ...against.keys()]);
    return { rule, answer: 'assessed', persons: seen.size, violations };
  });
}

function countsOf(
  log: EventLog,
  persons: PersonColumn,
  activities: readonly string[],
): Map<number, number> {
  const wanted = new Set(activities.map((name) => log.activities.indexOf(name)));
  const counts = new Map<number, number>();
  for (let event = 0; event < log.event_count; event++) {
    const code = log.resource?.[event] ?? -1;
    if (persons.is_person[code] !== 1 || !wanted.has(log.activity[event] ?? -1)) continue;
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  return counts;
}
