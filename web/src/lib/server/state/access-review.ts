import type { Role } from '../auth/permissions.ts';
import type { Person } from '../auth/person.ts';
import { appendAudit, type Json } from './audit.ts';
import type { Queries, State } from './database.ts';

/** What one account could do when a review was signed. */
export interface ReviewedAccess {
  readonly user_id: string;
  readonly name: string;
  readonly roles: readonly Role[];
  readonly company_keys: readonly string[] | null;
  readonly approval_limit: string | null;
  readonly limit_currency: string | null;
  readonly active: boolean;
}

export interface AccessReview {
  readonly review_id: string;
  readonly signed_by_name: string;
  readonly signed_at: string;
  readonly note: string;
  readonly snapshot: readonly ReviewedAccess[];
}

/** The reviews, the latest first. */
export function listReviews(queries: Queries): Promise<AccessReview[]> {
  return queries.query(
    `select r.*, u.name as signed_by_name from access_review r join "user" u on u.id = r.signed_by
     order by r.signed_at desc, r.review_id limit 20`,
  );
}

/** What changed for one account since the last review. */
export interface AccessDifference {
  readonly user_id: string;
  readonly name: string;
  readonly kind: 'added' | 'removed' | 'changed';
  readonly before: ReviewedAccess | null;
  readonly after: ReviewedAccess | null;
}

/** Accounts that are not as they were signed; all of them when nothing was. */
export function differences(
  before: readonly ReviewedAccess[],
  now: readonly ReviewedAccess[],
): AccessDifference[] {
  const earlier = new Map(before.map((one) => [one.user_id, one]));
  const later = new Map(now.map((one) => [one.user_id, one]));
  return [...new Set([...later.keys(), ...earlier.keys()])].flatMap(
    (user_id): AccessDifference[] => {
      const [was, is] = [earlier.get(user_id) ?? null, later.get(user_id) ?? null];
      const name = is?.name ?? was?.name ?? user_id;
      if (was === null) return [{ user_id, name, kind: 'added', before: was, after: is }];
      if (is === null) return [{ user_id, name, kind: 'removed', before: was, after: is }];
      return rightsOf(was) === rightsOf(is)
        ? []
        : [{ user_id, name, kind: 'changed', before: was, after: is }];
    },
  );
}

function rightsOf(one: ReviewedAccess): string {
  const { roles, company_keys, approval_limit, limit_currency, active } = one;
  return JSON.stringify([
    [...roles].sort(),
    company_keys && [...company_keys].sort(),
    approval_limit,
    limit_currency,
    active,
  ]);
}

/** Signs what everybody may do now; the snapshot is what the next review compares with. */
export function signReview(
  state: State,
  person: Person,
  input: { readonly seen: readonly ReviewedAccess[]; readonly note: string },
): Promise<{ readonly outcome: 'signed' | 'changed' }> {
  return state.transaction(async (queries) => {
    await queries.query('lock table app_user in share mode');
    const now = await currentAccess(queries);
    if (differences(input.seen, now).length > 0) return { outcome: 'changed' };
    await queries.query(
      'insert into access_review (signed_by, snapshot, note) values ($1, $2, $3)',
      [person.user_id, JSON.stringify(now), input.note],
    );
    await appendAudit(queries, {
      actor: person.user_id,
      action: 'access.reviewed',
      subject: 'access',
      before: null,
      after: { accounts: now.length, note: input.note, rights: now as unknown as Json },
    });
    return { outcome: 'signed' };
  });
}

/** What every account may do now. */
export function currentAccess(queries: Queries): Promise<ReviewedAccess[]> {
  return queries.query(
    `select u.id as user_id, u.name, p.roles, p.company_keys, p.approval_limit, p.limit_currency, p.active
     from "user" u join app_user p on p.user_id = u.id order by u.name, u.id`,
  );
}
