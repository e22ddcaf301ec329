import { can } from '../auth/permissions.ts';
import { listPeople, type Person } from '../auth/person.ts';
import type { Council } from '../control/approval-plan.ts';
import { dutyIn } from '../control/duties.ts';
import type { LockedCase } from './case-row.ts';
import type { Queries } from './database.ts';
import { mayRelease } from './release-limit.ts';

/** Everybody who could take part in releasing this payment, with the rights lent for it today (UTC). */
export async function councilFor(
  queries: Queries,
  found: LockedCase,
): Promise<Council & { readonly named: (userId: string) => string }> {
  const people = new Map((await listPeople(queries)).map((one) => [one.user_id, one]));
  const lent = await queries.query<{ from_user: string; to_user: string }>(
    `select from_user, to_user from delegation
     where ended_at is null and current_date between starts_on and ends_on
       and (company_keys is null or $1 = any(company_keys))
       and (amount_below is null or abs($2::numeric) < amount_below)
     order by from_user`,
    [found.company_key, found.amount_base],
  );
  const principals = Map.groupBy(lent, (one) => one.to_user);
  return {
    people,
    principals: new Map(
      [...principals].map(([delegate, rows]) => [delegate, rows.map((row) => row.from_user)]),
    ),
    mayDecide: (userId) => mayTakePart(people.get(userId), found),
    covers: (userId) => {
      const person = people.get(userId);
      return person !== undefined && mayRelease(person, found);
    },
    named: (userId) => people.get(userId)?.name ?? userId,
  };
}

function mayTakePart(person: Person | undefined, found: LockedCase): boolean {
  return (
    person !== undefined &&
    can(person, 'cases.decide', found.company_key) &&
    dutyIn(found.facts, person.employee_keys) === null
  );
}
