import type { Queries, State } from '../state/database.ts';

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
  state: State,
  kind: LockKind,
  name: string,
): Promise<string | null> {
  const subject = `${kind}:${name}`;
  return state.transaction(async (queries) => {
    await queries.query(
      `insert into sign_in_failure (subject, failures, last_failed_at)
       values ($1, 0, current_timestamp) on conflict (subject) do nothing`,
      [subject],
    );
    const [before] = await queries.query<{ failures: number; locked_until: string | null }>(
      `select locked_until,
         case when last_failed_at < clock_timestamp() - make_interval(hours => $2) then 0 else failures end as failures
       from sign_in_failure where subject = $1 for update`,
      [subject, forgetHours],
    );
    const now = Date.now();
    const lockedUntil = before?.locked_until ?? null;
    if (lockedUntil !== null && Date.parse(lockedUntil) > now) return lockedUntil;
    const failures = (before?.failures ?? 0) + 1;
    const pause_seconds = pauseAfter(kind, failures);
    await queries.query(
      `update sign_in_failure set failures = $2, last_failed_at = clock_timestamp(), locked_until = $3
       where subject = $1`,
      [subject, failures, pause_seconds === 0 ? null : new Date(now + pause_seconds * 1_000)],
    );
    return null;
  });
}

/** Seconds without another attempt: none at first, then doubling up to the longest. */
export function pauseAfter(kind: LockKind, failures: number): number {
  if (failures < allowed[kind]) return 0;
  const doubled = firstPauseSeconds[kind] * 2 ** Math.min(failures - allowed[kind], 20);
  return Math.min(longestPauseSeconds[kind], doubled);
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
