import { Temporal } from 'temporal-polyfill';
import type { Person } from '../auth/person.ts';
import { appendAudit } from './audit.ts';
import type { Queries, State } from './database.ts';

/** When a person gets the weekly digest, by their own clock. */
export interface DigestSubscription {
  readonly weekday: number;
  readonly hour: number;
  readonly time_zone: string;
  readonly active: boolean;
  readonly unsubscribe_token: string;
}

/** One digest on its way to a person, or there. */
export interface DigestDelivery {
  readonly delivery_id: string;
  readonly period_start: string;
  readonly period_end: string;
  readonly state: 'planned' | 'rendered' | 'sending' | 'sent' | 'failed';
  readonly attempts: number;
  readonly last_error: string | null;
  readonly sent_at: string | null;
}

/** The person's subscription; null when they never had one. */
export async function digestSubscriptionOf(
  queries: Queries,
  person: Person,
): Promise<DigestSubscription | null> {
  const rows = await queries.query<DigestSubscription>(
    `select weekday, hour, time_zone, active, unsubscribe_token
     from digest_subscription where user_id = $1`,
    [person.user_id],
  );
  return rows[0] ?? null;
}

/** The person's latest deliveries, newest first. */
export function digestDeliveriesOf(queries: Queries, person: Person): Promise<DigestDelivery[]> {
  return queries.query<DigestDelivery>(
    `select delivery_id, period_start, period_end, d.state, attempts, last_error, sent_at
     from digest_delivery d join digest_subscription s using (subscription_id)
     where s.user_id = $1 order by period_start desc limit 12`,
    [person.user_id],
  );
}

/** Sets when the person gets the digest, or that they do not. */
export async function saveDigestSubscription(
  state: State,
  person: Person,
  wanted: Omit<DigestSubscription, 'unsubscribe_token'>,
): Promise<void> {
  await state.transaction(async (queries) => {
    await queries.query(
      `insert into digest_subscription (user_id, weekday, hour, time_zone, active)
       values ($1, $2, $3, $4, $5)
       on conflict (user_id) do update set weekday = excluded.weekday, hour = excluded.hour,
         time_zone = excluded.time_zone, active = excluded.active`,
      [person.user_id, wanted.weekday, wanted.hour, wanted.time_zone, wanted.active],
    );
    await appendAudit(queries, {
      actor: person.user_id,
      action: 'digest.subscribed',
      subject: person.user_id,
      before: null,
      after: { ...wanted },
    });
  });
}

/** Stops the digest behind the link of a mail; false when the link is not known. */
export async function stopDigest(state: State, token: string): Promise<boolean> {
  return state.transaction(async (queries) => {
    const [stopped] = await queries.query<{ user_id: string }>(
      `update digest_subscription set active = false where unsubscribe_token = $1 returning user_id`,
      [token],
    );
    if (stopped === undefined) return false;
    await appendAudit(queries, {
      actor: stopped.user_id,
      action: 'digest.stopped',
      subject: stopped.user_id,
      before: null,
      after: { by: 'link in a mail' },
    });
    return true;
  });
}

/** True for a name of the time zone database. */
export function isTimeZone(name: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return true;
  } catch {
    return false;
  }
}
