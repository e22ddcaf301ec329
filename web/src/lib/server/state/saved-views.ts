import type { Person } from '../auth/person.ts';
import type { Queries } from './database.ts';

/** A page with its URL parameters, under a name. */
export interface SavedView {
  readonly saved_view_id: string;
  readonly name: string;
  readonly path: string;
}

/** The views of a person, by name. */
export function listSavedViews(queries: Queries, person: Person): Promise<SavedView[]> {
  return queries.query(
    'select saved_view_id, name, path from saved_view where user_id = $1 order by name',
    [person.user_id],
  );
}

/** Saves a view; one of the same name is replaced. */
export async function saveView(
  queries: Queries,
  person: Person,
  view: { name: string; path: string },
): Promise<void> {
  await queries.query(
    `insert into saved_view (user_id, name, path) values ($1, $2, $3)
     on conflict (user_id, name) do update set path = excluded.path`,
    [person.user_id, view.name, view.path],
  );
}

/** Removes one of the person's own views. */
export async function removeView(
  queries: Queries,
  person: Person,
  savedViewId: string,
): Promise<void> {
  await queries.query('delete from saved_view where user_id = $1 and saved_view_id = $2', [
    person.user_id,
    savedViewId,
  ]);
}
