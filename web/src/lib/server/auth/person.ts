import { appendAudit } from '../state/audit.ts';
import type { Queries, State } from '../state/database.ts';
import type { Role } from './permissions.ts';

/** A signed-in person as every load and action sees it. */
export interface Person {
  readonly user_id: string;
  readonly name: string;
  readonly email: string;
  readonly roles: readonly Role[];
  /** Legal entities this person may see; null = all of them. Pass it to every query. */
  readonly company_keys: readonly string[] | null;
  readonly locale: string;
  readonly time_zone: string;
  /** Largest amount this person may release alone; null = no limit. */
  readonly approval_limit: string | null;
  readonly limit_currency: string | null;
  /** The accounts this person holds in the source systems: what they did there counts as theirs. */
  readonly employee_keys: readonly string[];
}

const personColumns = `
  u.id as user_id, u.name, u.email, p.roles, p.company_keys, p.locale, p.time_zone,
  p.approval_limit, p.limit_currency, p.employee_keys`;

/** The active person behind a user id; null when unknown or switched off. */
export async function personById(queries: Queries, userId: string): Promise<Person | null> {
  const rows = await queries.query<Person>(
    `select ${personColumns} from "user" u join app_user p on p.user_id = u.id
     where u.id = $1 and p.active`,
    [userId],
  );
  return rows[0] ?? null;
}

/** Everybody who may sign in, by name. */
export function listPeople(queries: Queries): Promise<Person[]> {
  return queries.query<Person>(
    `select ${personColumns} from "user" u join app_user p on p.user_id = u.id
     where p.active order by u.name, u.id`,
  );
}

/** The part of a person that is not the account: roles, scope and limits. */
export interface Profile {
  readonly roles: readonly Role[];
  readonly company_keys: readonly string[] | null;
  readonly locale: string;
  readonly time_zone: string;
  readonly approval_limit: string | null;
  readonly limit_currency: string | null;
}

/** Writes a person's profile; an existing one is replaced. */
export async function saveProfile(
  queries: Queries,
  userId: string,
  profile: Profile,
): Promise<void> {
  await queries.query(
    `insert into app_user (user_id, roles, company_keys, locale, time_zone, approval_limit, limit_currency)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (user_id) do update set roles = excluded.roles, company_keys = excluded.company_keys,
       locale = excluded.locale, time_zone = excluded.time_zone,
       approval_limit = excluded.approval_limit, limit_currency = excluded.limit_currency`,
    [
      userId,
      profile.roles,
      profile.company_keys,
      profile.locale,
      profile.time_zone,
      profile.approval_limit,
      profile.limit_currency,
    ],
  );
}

/** Writes the language and time zone somebody chose for themselves. */
export async function savePreferences(
  state: State,
  person: Person,
  chosen: Pick<Profile, 'locale' | 'time_zone'>,
): Promise<void> {
  await state.transaction(async (queries) => {
    await queries.query('update app_user set locale = $2, time_zone = $3 where user_id = $1', [
      person.user_id,
      chosen.locale,
      chosen.time_zone,
    ]);
    await appendAudit(queries, {
      actor: person.user_id,
      action: 'person.preferences_saved',
      subject: person.email,
      before: { locale: person.locale, time_zone: person.time_zone },
      after: { locale: chosen.locale, time_zone: chosen.time_zone },
    });
  });
}
