import * as v from 'valibot';

/** A list that rules ask about: who keeps it and why, until when it counts, and what is on it. */
export const ruleListSchema = v.object({
  list_id: v.string(),
  name: v.string(),
  entries: v.array(v.string()),
  /** Other lists whose entries count as its own. */
  includes: v.array(v.string()),
  /** Last day it counts; null for always. */
  expires_on: v.nullable(v.string()),
});
export type RuleList = v.InferOutput<typeof ruleListSchema>;

/**
 * The lists that include one another in a circle, by name, first and last the same; null when none do.
 *
 * Example  cycleOf([{ list_id: 'a', includes: ['b'] }, { list_id: 'b', includes: ['a'] }]) → ['A', 'B', 'A']
 */
export function cycleOf(lists: readonly RuleList[]): readonly string[] | null {
  const byId = new Map(lists.map((list) => [list.list_id, list]));
  const done = new Set<string>();
  const walk = (id: string, path: readonly string[]): readonly string[] | null => {
    const start = path.indexOf(id);
    if (start >= 0) return [...path.slice(start), id].map((one) => byId.get(one)?.name ?? one);
    if (done.has(id)) return null;
    for (const next of byId.get(id)?.includes ?? []) {
      const cycle = walk(next, [...path, id]);
      if (cycle !== null) return cycle;
    }
    done.add(id);
    return null;
  };
  for (const { list_id } of lists) {
    const cycle = walk(list_id, []);
    if (cycle !== null) return cycle;
  }
  return null;
}

/**
 * Everything on a list and on the lists it includes, sorted; what has expired by `asOf` is not on it.
 *
 * Errors  throws for a list that is not there, and for lists that include one another in a circle,
 *         naming them: which entries such lists have cannot be said
 */
export function entriesOf(lists: readonly RuleList[], id: string, asOf: string): readonly string[] {
  const cycle = cycleOf(lists);
  if (cycle !== null)
    throw new Error(
      `lists include one another in a circle: ${cycle.join(' → ')}; take one of these steps out`,
    );
  const byId = new Map(lists.map((list) => [list.list_id, list]));
  const entries = new Set<string>();
  const add = (listId: string): void => {
    const list = byId.get(listId);
    if (list === undefined)
      throw new Error(`list ${listId} does not exist; choose one of the ${lists.length} lists`);
    if (list.expires_on !== null && list.expires_on < asOf.slice(0, 10)) return;
    for (const entry of list.entries) entries.add(entry);
    for (const next of list.includes) add(next);
  };
  add(id);
  return [...entries].sort();
}
