import { hashPassword } from 'better-auth/crypto';
import { randomBytes, randomUUID } from 'node:crypto';
import { appendAudit } from '../state/audit.ts';
import type { Queries, State } from '../state/database.ts';
import { shortestPassword } from './authentication.ts';
import { saveProfile, type Profile } from './person.ts';

/** Letters and digits nobody confuses when typing from a screen. */
const alphabet = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const generatedLength = 20;

/** A random password of about 115 bits. */
export function generatePassword(): string {
  let password = '';
  while (password.length < generatedLength) {
    for (const byte of randomBytes(32)) {
      // Bytes past the last whole multiple would favour the first letters.
      if (byte < 256 - (256 % alphabet.length) && password.length < generatedLength) {
        password += alphabet[byte % alphabet.length];
      }
    }
  }
  return password;
}

/** Makes an account with its profile; the password is stored as a hash only. */
export async function createPerson(
  state: State,
  person: { name: string; email: string; password: string; profile: Profile },
  actor: string,
): Promise<string> {
  requireLength(person.email, person.password);
  const userId = randomUUID();
  const email = person.email.trim().toLowerCase();
  const hash = await hashPassword(person.password);
  await state.transaction(async (queries) => {
    await queries.query(
      'insert into "user" ("id", "name", "email", "emailVerified") values ($1, $2, $3, true)',
      [userId, person.name, email],
    );
    await queries.query(
      `insert into "account" ("id", "accountId", "providerId", "userId", "password", "updatedAt")
       values ($1, $2, 'credential', $2, $3, current_timestamp)`,
      [randomUUID(), userId, hash],
    );
    await saveProfile(queries, userId, person.profile);
    await appendAudit(queries, {
      actor,
      action: 'person.created',
      subject: email,
      before: null,
      after: { user_id: userId, ...profileJson(person.profile) },
    });
  });
  return userId;
}

/** Gives an account a new password and ends its sessions, but for one that is to be kept. */
export async function setPassword(
  state: State,
  userId: string,
  password: string,
  actor: string,
  keptSessionId: string | null = null,
): Promise<void> {
  requireLength(userId, password);
  const hash = await hashPassword(password);
  await state.transaction(async (queries) => {
    await queries.query(
      `update "account" set "password" = $2, "updatedAt" = current_timestamp
       where "userId" = $1 and "providerId" = 'credential'`,
      [userId, hash],
    );
    await endSessions(queries, userId, keptSessionId);
    const [row] = await queries.query<{ email: string }>('select email from "user" where id = $1', [
      userId,
    ]);
    await queries.query('delete from sign_in_failure where subject = $1', [
      `account:${row?.email ?? ''}`,
    ]);
    await appendAudit(queries, {
      actor,
      action: 'person.password_set',
      subject: row?.email ?? userId,
      before: null,
      after: null,
    });
  });
}

/** Ends the sessions of an account, as after a change of password, role or scope. */
export async function endSessions(
  queries: Queries,
  userId: string,
  keptSessionId: string | null = null,
): Promise<void> {
  await queries.query('delete from "session" where "userId" = $1 and id is distinct from $2', [
    userId,
    keptSessionId,
  ]);
}

function requireLength(name: string, password: string): void {
  if (password.length < shortestPassword) {
    throw new Error(
      `The password of ${name} has ${password.length} characters; use at least ${shortestPassword}`,
    );
  }
}

function profileJson(profile: Profile) {
  return {
    roles: [...profile.roles],
    company_keys: profile.company_keys === null ? null : [...profile.company_keys],
    approval_limit: profile.approval_limit,
    limit_currency: profile.limit_currency,
  };
}
