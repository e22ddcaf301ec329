import type { Queries } from '../state/database.ts';

/** Failures before the first pause, per account and per network address (many share one address). */
const allowed = { account: 5, address: 30 } as const;
const firstPauseSeconds = { account: 30, address: 10 } as const;
const longestPauseSeconds = { account: 60 * 60, address: 15 * 60 } as const;
/** Failures are forgotten after a quiet day. */
const forgetHours = 24;

export type LockKind = keyof typeof allowed;

/**
 * Counts an attempt before it is checked, so that many at once cannot slip through, and says until
 * when no more are taken; null when this one may be tried. Each further failure doubles the pause.
 */
export async function countAttempt(
  queries: Queries,
  kind: LockKind,
  name: string,
): Promise<string | null> {
  const [row] = await queries.query<{ locked_until: string | null; refused: boolean }>(
    `with before as (
       select locked_until from sign_in_failure where subject = $1 for update
     ), counted as (
       insert into sign_in_failure as f (subject, failures, last_failed_at) values ($1, 1, current_timestamp)
       on conflict (subject) do update set
         failures = case
           when f.last_failed_at < current_timestamp - make_interval(hours => $2) then 1
           when f.locked_until > current_timestamp then f.failures
           else f.failures + 1 end,
         last_failed_at = current_timestamp,
         locked_until = case
           when f.locked_until > current_timestamp then f.locked_until
           when f.last_failed_at < current_timestamp - make_interval(hours => $2) then null
           when f.failures + 1 >= $3 then current_timestamp
             + make_interval(secs => least($5, $4 * power(2, least(f.failures + 1 - $3, 20))))
           end
       returning locked_until
     )
     select counted.locked_until,
       coalesce((select locked_until > current_timestamp from before), false) as refused
     from counted`,
    [
      `${kind}:${name}`,
      forgetHours,
      allowed[kind],
      firstPauseSeconds[kind],
      longestPauseSeconds[kind],
    ],
  );
  return row?.refused === true ? row.locked_until : null;
}

/** A right password clears the account's count. */
export async function forgetFailures(
  queries: Queries,
  kind: LockKind,
  name: string,
): Promise<void> {
  await queries.query('delete from sign_in_failure where subject = $1', [`${kind}:${name}`]);
}

/** Removes counts nobody needs any more; run daily. */
export async function forgetOldFailures(queries: Queries): Promise<void> {
  await queries.query(
    'delete from sign_in_failure where last_failed_at < current_timestamp - make_interval(hours => $1)',
    [forgetHours],
  );
}
