import type { RequestEvent } from '@sveltejs/kit';
import type { Queries } from '../state/database.ts';
import { currentSessionId } from './sessions.ts';

export type ProofMethod = 'code' | 'recovery_code' | 'passkey';

/** Remembers that a second factor was shown in the event's session just now. */
export async function rememberProof(
  queries: Queries,
  event: Pick<RequestEvent, 'cookies'>,
  method: ProofMethod,
): Promise<void> {
  const session = await currentSessionId(event.cookies);
  if (session === null) return;
  await queries.query(
    `insert into second_factor_proof (session_id, method, proven_at)
     values ($1, $2, clock_timestamp())
     on conflict (session_id) do update set method = excluded.method, proven_at = excluded.proven_at`,
    [session, method],
  );
}
