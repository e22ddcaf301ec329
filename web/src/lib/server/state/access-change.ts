import { endSessions } from '../auth/accounts.ts';
import { can, roles, type Role } from '../auth/permissions.ts';
import { personById, saveProfile, type Person } from '../auth/person.ts';
import { canonicalJson } from './audit.ts';
import { askForChange, type AskChangeResult, type ChangeEffect } from './changes.ts';
import type { Queries, State } from './database.ts';

/** What decides about somebody's access. */
export interface Access {
  readonly roles: readonly Role[];
  readonly company_keys: readonly string[] | null;
  readonly approval_limit: string | null;
  readonly limit_currency: string | null;
  readonly employee_keys: readonly string[];
  readonly active: boolean;
}

export type AccessChangeResult =
  | AskChangeResult
  | {
      readonly outcome: 'refused';
      /** `last_admin`: nobody would be left who administers; `duties`: roles that exclude each other. */
      readonly why:
        'not_found' | 'nothing' | 'roles' | 'limit' | 'duties' | 'last_admin' | 'reason';
    };

/** Roles that one person must not hold together. */
const apart: readonly (readonly [Role, Role])[] = [
  ['admin', 'cfo'],
  ['admin', 'risk'],
  ['admin', 'approver'],
  ['auditor', 'cfo'],
  ['auditor', 'risk'],
  ['auditor', 'approver'],
  ['auditor', 'admin'],
];

/** The pairs of roles held that exclude each other. */
export function rolesInConflict(held: readonly Role[]): readonly (readonly [Role, Role])[] {
  return apart.filter(([one, other]) => held.includes(one) && held.includes(other));
}

/** Asks a second person to change what somebody may do; until then all stays as it is. */
export function askToChangeAccess(
  state: State,
  person: Person,
  input: { readonly user_id: string; readonly access: Access; readonly reason: string },
): Promise<AccessChangeResult> {
  return state.transaction(async (queries) => {
    const before = await accessOf(queries, input.user_id);
    if (before === null) return { outcome: 'refused', why: 'not_found' };
    const why = refusal(before, input.access, input.reason);
    if (why !== null) return { outcome: 'refused', why };
    if (await endsAdministration(queries, input.user_id, input.access)) {
      return { outcome: 'refused', why: 'last_admin' };
    }
    return askForChange(queries, person, {
      kind: 'access',
      subject: input.user_id,
      change: toJson(input.access),
      before: toJson(before),
      note: input.reason.trim(),
    });
  });
}

/** Carries out a confirmed change of access and ends the sessions of who it is about. */
export const changeAccess: ChangeEffect = async (queries, asked) => {
  const now = await accessOf(queries, asked.subject);
  if (now === null || canonicalJson(toJson(now)) !== canonicalJson(asked.before))
    return 'overtaken';
  const access = asked.change as unknown as Access;
  if (await endsAdministration(queries, asked.subject, access)) return 'overtaken';
  const profile = await personOrOff(queries, asked.subject);
  await saveProfile(queries, asked.subject, { ...profile, ...access });
  await queries.query('update app_user set active = $2, employee_keys = $3 where user_id = $1', [
    asked.subject,
    access.active,
    access.employee_keys,
  ]);
  await endSessions(queries, asked.subject);
  return 'done';
};

/** What somebody may do today, also when switched off; null when there is no such account. */
export async function accessOf(queries: Queries, userId: string): Promise<Access | null> {
  const [row] = await queries.query<Access>(
    `select roles, company_keys, approval_limit, limit_currency, employee_keys, active
     from app_user where user_id = $1`,
    [userId],
  );
  return row ?? null;
}

async function personOrOff(queries: Queries, userId: string) {
  const [row] = await queries.query<{ locale: string; time_zone: string }>(
    'select locale, time_zone from app_user where user_id = $1',
    [userId],
  );
  return row ?? { locale: 'en', time_zone: 'UTC' };
}

function refusal(
  before: Access,
  after: Access,
  reason: string,
): Extract<AccessChangeResult, { outcome: 'refused' }>['why'] | null {
  if (after.roles.length === 0 || !after.roles.every((role) => roles.includes(role)))
    return 'roles';
  if (rolesInConflict(after.roles).length > 0) return 'duties';
  const hasLimit = after.approval_limit !== null;
  if (hasLimit !== (after.limit_currency !== null)) return 'limit';
  if (after.approval_limit !== null && !/^\d{1,14}(\.\d{1,4})?$/.test(after.approval_limit))
    return 'limit';
  if (after.limit_currency !== null && !/^[A-Z]{3}$/.test(after.limit_currency)) return 'limit';
  if (reason.trim() === '' || reason.length > 500) return 'reason';
  return canonicalJson(toJson(before)) === canonicalJson(toJson(after)) ? 'nothing' : null;
}

/** Whether nobody else who is active administers people. */
async function endsAdministration(
  queries: Queries,
  userId: string,
  after: Access,
): Promise<boolean> {
  const person = await personById(queries, userId);
  if (!can(person, 'people.manage')) return false;
  if (after.active && after.roles.includes('admin')) return false;
  const others = await queries.query(
    "select 1 from app_user where user_id <> $1 and active and 'admin' = any(roles)",
    [userId],
  );
  return others.length === 0;
}

function toJson(access: Access) {
  return {
    roles: [...access.roles].sort(),
    company_keys: access.company_keys === null ? null : [...access.company_keys].sort(),
    approval_limit: access.approval_limit === null ? null : plainAmount(access.approval_limit),
    limit_currency: access.limit_currency,
    employee_keys: [...access.employee_keys].sort(),
    active: access.active,
  };
}

/** The same text for the same amount: 50000.0000 is 50000. */
function plainAmount(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}
