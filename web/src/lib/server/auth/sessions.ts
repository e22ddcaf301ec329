import type { Cookies } from '@sveltejs/kit';
import { application } from '../application.ts';
import { appendAudit } from '../state/audit.ts';
import type { Person } from './person.ts';

/** One browser somebody is signed in with. */
export interface Session {
  readonly session_id: string;
  readonly signed_in_at: string;
  readonly ends_at: string;
  readonly user_agent: string | null;
  readonly is_current: boolean;
}

const sessionLimit = 50;

/** The person's own sessions, the one that asks first, then the newest. */
export async function sessionsOf(person: Person, cookies: Cookies): Promise<Session[]> {
  const current = await currentSessionId(cookies);
  return application().state.query<Session>(
    `select id as session_id, "createdAt" as signed_in_at, "expiresAt" as ends_at,
       "userAgent" as user_agent, id = coalesce($2, '') as is_current
     from "session" where "userId" = $1 and "expiresAt" > current_timestamp
     order by is_current desc, "createdAt" desc, id limit $3`,
    [person.user_id, current, sessionLimit],
  );
}

/** Ends one of the person's own sessions; nobody else's. */
export async function endSession(person: Person, sessionId: string): Promise<void> {
  await application().state.transaction(async (queries) => {
    const ended = await queries.query(
      'delete from "session" where id = $1 and "userId" = $2 returning id',
      [sessionId, person.user_id],
    );
    if (ended.length === 0) return;
    await appendAudit(queries, {
      actor: person.user_id,
      action: 'person.session_ended',
      subject: person.email,
      before: null,
      after: null,
    });
  });
}

/** Read from the cookies, not the request: an action of the same request may have set a new one. */
export async function currentSessionId(cookies: Cookies): Promise<string | null> {
  const cookie = cookies
    .getAll()
    .map(({ name, value }) => `${name}=${encodeURIComponent(value)}`)
    .join('; ');
  const session = await application().authentication.api.getSession({
    headers: new Headers({ cookie }),
  });
  return session?.session.id ?? null;
}
