import { groupsOf, readsVendor, type VersionedRule } from './compile.ts';
import { constraintsOf, isAlways, isImplied, isImpossible, type EntriesOf } from './constraints.ts';
import { cycleOf, entriesOf, type RuleList } from './lists.ts';
import type { Rule } from './rule.ts';

/** What is wrong with a rule; `stops`: it cannot go live like this. */
export interface RuleProblem {
  readonly code:
    | 'matches_everything'
    | 'never_matches'
    | 'exception_covers_all'
    | 'list_cycle'
    | 'list_missing'
    | 'list_expired'
    | 'two_groups'
    | 'vendor_with_group'
    | 'same_as'
    | 'adds_nothing_to'
    | 'takes_over';
  readonly stops: boolean;
  readonly values: Readonly<Record<string, string>>;
}

/**
 * Conflicts and reachability of a rule: whether it can flag anything, whether it flags everything,
 * and what it adds to the rules that are live.
 *
 * Definition  Bounds, words and lists are compared exactly per field and per window; conditions on
 *             different fields are taken to be independent.
 * Shape       no problem: an empty list
 */
export function checkRule(
  rule: Rule,
  around: { lists: readonly RuleList[]; live: readonly VersionedRule[]; asOf: string },
): RuleProblem[] {
  const structure = structureProblems(rule, around.lists);
  if (structure.length > 0) return structure;
  const entries: EntriesOf = (id) => entriesOf(around.lists, id, around.asOf);
  return [
    ...expiredLists(rule, around),
    ...reachProblems(rule, entries),
    ...overlaps(rule, around.live, entries),
  ];
}

function structureProblems(rule: Rule, lists: readonly RuleList[]): RuleProblem[] {
  const asked = listsOf(rule);
  const known = new Set(lists.map((list) => list.list_id));
  if (asked.some((id) => !known.has(id))) return [problem('list_missing')];
  const cycle = asked.length === 0 ? null : cycleOf(lists);
  if (cycle !== null) return [problem('list_cycle', { lists: cycle.join(' → ') })];
  const groups = groupsOf(rule);
  if (groups.length > 1) return [problem('two_groups')];
  if (readsVendor(rule) && groups.some((by) => by !== 'vendor'))
    return [problem('vendor_with_group')];
  return [];
}

function expiredLists(
  rule: Rule,
  { lists, asOf }: { lists: readonly RuleList[]; asOf: string },
): RuleProblem[] {
  const asked = new Set(listsOf(rule));
  return lists
    .filter(
      ({ list_id, expires_on }) =>
        asked.has(list_id) && expires_on !== null && expires_on < asOf.slice(0, 10),
    )
    .map(({ name }) => ({ code: 'list_expired', stops: false, values: { list: name } }));
}

function reachProblems(rule: Rule, entries: EntriesOf): RuleProblem[] {
  const constraints = constraintsOf(rule.subject, rule.all, entries);
  if (isImpossible(constraints)) return [problem('never_matches')];
  const covers = rule.unless.some(
    (one) =>
      isImplied(constraints, one, entries) ||
      (rule.all.length === 0 && isAlways(rule.subject, one, entries)),
  );
  if (covers) return [problem('exception_covers_all')];
  const isOpen = rule.all.every((one) => isAlways(rule.subject, one, entries));
  const reaching = rule.unless.filter(
    (one) => !isImpossible(constraintsOf(rule.subject, [one], entries)),
  );
  return isOpen && reaching.length === 0 ? [problem('matches_everything')] : [];
}

function overlaps(rule: Rule, live: readonly VersionedRule[], entries: EntriesOf): RuleProblem[] {
  return live.flatMap(({ rule: other }): RuleProblem[] => {
    const values = { rule: other.name };
    const within = isWithin(rule, other, entries);
    const covers = isWithin(other, rule, entries);
    if (within && covers) return [{ code: 'same_as', stops: true, values }];
    if (within) return [{ code: 'adds_nothing_to', stops: false, values }];
    return covers ? [{ code: 'takes_over', stops: false, values }] : [];
  });
}

/**
 * Whether everything the first rule flags is certainly flagged by the second.
 *
 * Definition  Each condition of the second follows from the first's; each of its exceptions is ruled
 *             out by the first's conditions or follows from one of its exceptions.
 */
export function isWithin(first: Rule, second: Rule, entries: EntriesOf): boolean {
  if (first.subject !== second.subject) return false;
  const constraints = constraintsOf(first.subject, first.all, entries);
  return (
    second.all.every((one) => isImplied(constraints, one, entries)) &&
    second.unless.every(
      (one) =>
        isImpossible(constraintsOf(first.subject, [...first.all, one], entries)) ||
        first.unless.some((own) =>
          isImplied(constraintsOf(first.subject, [one], entries), own, entries),
        ),
    )
  );
}

/** Lists a rule asks about. */
export function listsOf(rule: Rule): string[] {
  return [...rule.all, ...rule.unless].flatMap((one) => (one.kind === 'list' ? one.list_id : []));
}

function problem(code: RuleProblem['code'], values: RuleProblem['values'] = {}): RuleProblem {
  return { code, stops: true, values };
}
