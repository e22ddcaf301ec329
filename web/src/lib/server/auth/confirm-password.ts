import { verifyPassword } from 'better-auth/crypto';
import { application } from '../application.ts';
import { countAttempt, forgetFailures } from './lockout.ts';
import type { Person } from './person.ts';

export type PasswordCheck =
  | { readonly outcome: 'right' }
  | { readonly outcome: 'wrong' }
  /** Too many failures; `until` is UTC ISO. */
  | { readonly outcome: 'locked'; readonly until: string };

/** Asks somebody signed in for the password again, before anything that guards the account changes. */
export async function confirmPassword(person: Person, password: string): Promise<PasswordCheck> {
  const { state } = application();
  const until = await countAttempt(state, 'account', person.email);
  if (until !== null) return { outcome: 'locked', until };
  const [row] = await state.query<{ password: string | null }>(
    `select "password" as password from "account" where "userId" = $1 and "providerId" = 'credential'`,
    [person.user_id],
  );
  const hash = row?.password ?? null;
  const isRight =
    hash !== null && (await verifyPassword({ hash, password: password.slice(0, 200) }));
  if (!isRight) return { outcome: 'wrong' };
  await forgetFailures(state, 'account', person.email);
  return { outcome: 'right' };
}
