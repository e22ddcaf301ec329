import { ruleField, type RuleSubject } from './fields.ts';
import type { Condition } from './rule.ts';

/** Resolves a list to what is on it. */
export type EntriesOf = (listId: string) => readonly string[];

/** What a conjunction of conditions leaves possible for one quantity: numbers in ten-thousandths. */
interface Possible {
  /** At least this, below that; null: no bound. */
  low: bigint | null;
  high: bigint | null;
  allowed: ReadonlySet<string> | null;
  forbidden: ReadonlySet<string>;
  contained: string[];
  is: boolean | null;
  isBroken: boolean;
}

/** Per quantity (a field, or an aggregate with its window) what conditions that all hold leave possible. */
export type Constraints = ReadonlyMap<string, Possible>;

/** The possible values when all of these conditions hold. */
export function constraintsOf(
  subject: RuleSubject,
  conditions: readonly Condition[],
  entriesOf: EntriesOf,
): Constraints {
  const constraints = new Map<string, Possible>();
  for (const condition of conditions) {
    const key = quantityOf(condition);
    const possible = constraints.get(key) ?? anything(subject, condition);
    constraints.set(key, possible);
    narrow(possible, condition, entriesOf);
  }
  return constraints;
}

/** Whether nothing can satisfy them. */
export function isImpossible(constraints: Constraints): boolean {
  return [...constraints.values()].some(
    ({ low, high, allowed, forbidden, isBroken }) =>
      isBroken ||
      (low !== null && high !== null && low >= high) ||
      (allowed !== null && [...allowed].every((word) => forbidden.has(word))),
  );
}

/** Whether a condition holds for certain wherever the constraints do. */
export function isImplied(
  constraints: Constraints,
  condition: Condition,
  entriesOf: EntriesOf,
): boolean {
  if (condition.kind === 'aggregate') return isAggregateImplied(constraints, condition);
  const possible = constraints.get(quantityOf(condition));
  if (possible === undefined) return false;
  const { allowed, forbidden, contained, is } = possible;
  switch (condition.kind) {
    case 'number':
      return isBoundImplied(possible, condition.operator, condition.value);
    case 'yes_no':
      return is === condition.is;
    case 'contains': {
      const part = condition.value.toLowerCase();
      return (
        contained.some((one) => one.includes(part)) ||
        (allowed !== null && [...allowed].every((one) => one.toLowerCase().includes(part)))
      );
    }
    case 'words':
    case 'list': {
      const words = new Set(wordsOf(condition, entriesOf));
      if (isPositive(condition))
        return allowed !== null && [...allowed].every((one) => words.has(one));
      return (
        [...words].every((one) => forbidden.has(one)) ||
        (allowed !== null && [...allowed].every((one) => !words.has(one)))
      );
    }
  }
}

/** Whether a condition holds for every row where its field is known. */
export function isAlways(
  subject: RuleSubject,
  condition: Condition,
  entriesOf: EntriesOf,
): boolean {
  if (condition.kind === 'number' || condition.kind === 'aggregate') {
    const { low } = anything(subject, condition);
    return condition.operator === 'at_least' && low !== null && scaled(condition.value) <= low;
  }
  if (condition.kind !== 'words' && condition.kind !== 'list') return false;
  return !isPositive(condition) && wordsOf(condition, entriesOf).length === 0;
}

/** Counts start somewhere: that of a window at 1, because this one counts. */
function anything(subject: RuleSubject, condition: Condition): Possible {
  const isCount =
    condition.kind === 'aggregate'
      ? condition.measure === 'count'
      : ruleField(subject, condition.field)?.type === 'count';
  const least = condition.kind === 'aggregate' ? scaled('1') : 0n;
  return {
    low: isCount ? least : null,
    high: null,
    allowed: null,
    forbidden: new Set(),
    contained: [],
    is: null,
    isBroken: false,
  };
}

function narrow(possible: Possible, condition: Condition, entriesOf: EntriesOf): void {
  switch (condition.kind) {
    case 'number':
    case 'aggregate': {
      const bound = scaled(condition.value);
      if (condition.operator === 'at_least')
        possible.low = possible.low === null || bound > possible.low ? bound : possible.low;
      else possible.high = possible.high === null || bound < possible.high ? bound : possible.high;
      return;
    }
    case 'yes_no':
      if (possible.is !== null && possible.is !== condition.is) possible.isBroken = true;
      possible.is = condition.is;
      return;
    case 'contains':
      possible.contained.push(condition.value.toLowerCase());
      return;
    case 'words':
    case 'list': {
      const words = new Set(wordsOf(condition, entriesOf));
      if (isPositive(condition))
        possible.allowed = possible.allowed === null ? words : possible.allowed.intersection(words);
      else possible.forbidden = possible.forbidden.union(words);
    }
  }
}

function isBoundImplied(
  { low, high }: Possible,
  operator: 'at_least' | 'below',
  value: string,
): boolean {
  const bound = scaled(value);
  return operator === 'at_least' ? low !== null && low >= bound : high !== null && high <= bound;
}

/** A longer window counts no less and has no smaller highest amount than a shorter one. */
function isAggregateImplied(
  constraints: Constraints,
  condition: Extract<Condition, { kind: 'aggregate' }>,
): boolean {
  return [...constraints].some(([key, possible]) => {
    const [kind, measure, by, days] = key.split('|');
    if (kind !== 'aggregate' || measure !== condition.measure || by !== condition.by) return false;
    const isMonotone = measure === 'count' || measure === 'highest';
    const within = Number(days);
    const fits =
      within === condition.within_days ||
      (isMonotone &&
        (condition.operator === 'at_least'
          ? within < condition.within_days
          : within > condition.within_days));
    return fits && isBoundImplied(possible, condition.operator, condition.value);
  });
}

function quantityOf(condition: Condition): string {
  return condition.kind === 'aggregate'
    ? `aggregate|${condition.measure}|${condition.by}|${condition.within_days}`
    : `field|${condition.field}`;
}

function isPositive(condition: Extract<Condition, { kind: 'words' | 'list' }>): boolean {
  return condition.operator === 'is' || condition.operator === 'in';
}

function wordsOf(
  condition: Extract<Condition, { kind: 'words' | 'list' }>,
  entriesOf: EntriesOf,
): readonly string[] {
  return condition.kind === 'words' ? condition.values : entriesOf(condition.list_id);
}

function scaled(value: string): bigint {
  const [whole = '0', fraction = ''] = value.split('.');
  return (
    BigInt(whole.replace('-', '') + fraction.padEnd(4, '0')) * (value.startsWith('-') ? -1n : 1n)
  );
}
