import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { listsOf } from '#analytics/rules/check-rule.ts';
import { cycleOf, type RuleList } from '#analytics/rules/lists.ts';
import type { Rule } from '#analytics/rules/rule.ts';
import type { Person } from '../auth/person.ts';
import { appendAudit, type Json } from './audit.ts';
import { askForChange, type AskChangeResult } from './changes.ts';
import type { Queries, State } from './database.ts';

const day = v.pipe(v.string(), v.isoDate('expires_on'));
const listDocument = v.object({
  name: v.pipe(v.string(), v.trim(), v.nonEmpty('name'), v.maxLength(80, 'name')),
  entries: v.pipe(
    v.array(v.pipe(v.string(), v.trim(), v.nonEmpty(), v.maxLength(200))),
    v.maxLength(5_000, 'entries'),
  ),
  includes: v.pipe(v.array(v.pipe(v.string(), v.uuid('includes'))), v.maxLength(50, 'includes')),
  reason: v.pipe(v.string(), v.trim(), v.nonEmpty('reason'), v.maxLength(2_000, 'reason')),
  expires_on: v.nullable(day),
});
export type ListDocument = v.InferOutput<typeof listDocument>;

/** A list with who keeps it and why. */
export interface KeptList extends RuleList {
  readonly reason: string;
  readonly owner: string;
  readonly owner_name: string;
  readonly changed_at: string;
}

/** All lists by name. */
export function ruleLists(queries: Queries): Promise<KeptList[]> {
  return queries.query(
    `select l.list_id, l.name, l.entries, l.includes, l.reason, l.owner, l.expires_on::text as expires_on,
       l.changed_at, u.name as owner_name
     from rule_list l join "user" u on u.id = l.owner order by l.name, l.list_id`,
  );
}

export type SaveListResult =
  | AskChangeResult
  | { readonly outcome: 'saved'; readonly list_id: string }
  | { readonly outcome: 'invalid'; readonly why: string }
  | { readonly outcome: 'cycle'; readonly lists: string };

/** Keeps a list. One that a live rule asks about changes what is flagged, so a second person confirms it. */
export async function saveList(
  state: State,
  person: Person,
  input: { readonly list_id: string | null; readonly document: unknown },
): Promise<SaveListResult> {
  const parsed = v.safeParse(listDocument, input.document);
  if (!parsed.success) return { outcome: 'invalid', why: parsed.issues[0].message };
  const document = parsed.output;
  return state.transaction(async (queries) => {
    await queries.query('select pg_advisory_xact_lock(hashtext($1))', ['rule lists']);
    const list_id = input.list_id ?? randomUUID();
    const lists = await ruleLists(queries);
    const before = lists.find((one) => one.list_id === list_id) ?? null;
    if (lists.some((one) => one.name === document.name && one.list_id !== list_id))
      return { outcome: 'invalid', why: 'name_taken' };
    const after = { list_id, ...document };
    const together = [...lists.filter((one) => one.list_id !== list_id), after];
    if (document.includes.some((id) => !together.some((one) => one.list_id === id)))
      return { outcome: 'invalid', why: 'includes' };
    const cycle = cycleOf(together);
    if (cycle !== null) return { outcome: 'cycle', lists: cycle.join(' → ') };
    if (await isAsked(queries, list_id, together)) {
      return askForChange(queries, person, {
        kind: 'rule',
        subject: list_id,
        change: { list: after },
        before: before === null ? null : { list: shown(before) },
        note: document.reason,
      });
    }
    await putList(queries, after, person.user_id);
    await appendAudit(queries, {
      actor: person.user_id,
      action: 'rule_list.changed',
      subject: list_id,
      before: before === null ? null : shown(before),
      after,
    });
    return { outcome: 'saved', list_id };
  });
}

/** Writes the list as it is from now on; the first to write it owns it. */
export async function putList(
  queries: Queries,
  list: ListDocument & { list_id: string },
  user_id: string,
): Promise<void> {
  await queries.query(
    `insert into rule_list (list_id, name, entries, includes, reason, owner, expires_on, changed_by)
     values ($1, $2, $3, $4, $5, $6, $7, $6)
     on conflict (list_id) do update set name = excluded.name, entries = excluded.entries,
       includes = excluded.includes, reason = excluded.reason, expires_on = excluded.expires_on,
       changed_by = excluded.changed_by, changed_at = current_timestamp`,
    [list.list_id, list.name, list.entries, list.includes, list.reason, user_id, list.expires_on],
  );
}

/** Whether a rule in force asks the list, itself or through others. */
async function isAsked(
  queries: Queries,
  list_id: string,
  lists: readonly Pick<RuleList, 'list_id' | 'includes'>[],
): Promise<boolean> {
  const rules = await queries.query<{ document: Rule }>(
    `select document from rule_version where kind = 'rule' and state in ('live', 'paused')`,
  );
  const byId = new Map(lists.map((list) => [list.list_id, list]));
  const reached = new Set<string>();
  const walk = (id: string): void => {
    if (reached.has(id)) return;
    reached.add(id);
    for (const next of byId.get(id)?.includes ?? []) walk(next);
  };
  for (const { document } of rules) for (const id of listsOf(document)) walk(id);
  return reached.has(list_id);
}

function shown({ name, entries, includes, reason, expires_on }: KeptList): Json {
  return { name, entries: [...entries], includes: [...includes], reason, expires_on };
}
