import type { Queries } from '../state/database.ts';

/** An authenticator's code is good for its half minute and the one on either side of it. */
const goodForSeconds = 120;

/** Marks a one-time code as used; false when the person has used it before, so that it works once. */
export async function takeCode(queries: Queries, userId: string, code: string): Promise<boolean> {
  await queries.query(
    'delete from used_code where used_at < current_timestamp - make_interval(secs => $1)',
    [goodForSeconds],
  );
  const taken = await queries.query(
    'insert into used_code (user_id, code) values ($1, $2) on conflict do nothing returning code',
    [userId, code],
  );
  return taken.length === 1;
}
