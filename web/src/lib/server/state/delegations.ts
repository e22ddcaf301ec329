import { can } from '../auth/permissions.ts';
import { personById, type Person } from '../auth/person.ts';
import { appendAudit } from './audit.ts';
import type { Queries, State } from './database.ts';

/** A period in which one person may confirm releases for another. Lent rights are not lent on. */
export interface Delegation {
  readonly delegation_id: string;
  readonly from_user: string;
  readonly from_name: string;
  readonly to_user: string;
  readonly to_name: string;
  readonly starts_on: string;
  readonly ends_on: string;
  /** Null: all entities of the one who delegates. */
  readonly company_keys: readonly string[] | null;
  /** In group currency; null: up to the limit of the one who delegates. */
  readonly amount_below: string | null;
  readonly reason: string;
  readonly made_at: string;
  readonly ended_at: string | null;
}

export interface DelegationInput {
  readonly to_user: string;
  readonly starts_on: string;
  readonly ends_on: string;
  readonly company_keys: readonly string[] | null;
  readonly amount_below: string | null;
  readonly reason: string;
}

export type DelegateResult =
  | { readonly outcome: 'made'; readonly delegation_id: string }
  | {
      readonly outcome: 'refused';
      readonly why:
        'self' | 'dates' | 'too_long' | 'past' | 'no_right' | 'scope' | 'cycle' | 'reason';
    };

/** Longest period of one delegation. */
export const longestDelegationDays = 90;
/** Key of the advisory lock under which one delegation at a time is made: cycles need two. */
const delegationLock = 7_420_004;
const dayPattern = /^\d{4}-\d{2}-\d{2}$/;

/** Lends the person's own rights of confirming to somebody who decides too. `today` is UTC. */
export function delegate(
  state: State,
  person: Person,
  input: DelegationInput,
  today: string,
): Promise<DelegateResult> {
  return state.transaction(async (queries) => {
    await queries.query('select pg_advisory_xact_lock($1)', [delegationLock]);
    const [from, to] = [
      await personById(queries, person.user_id),
      await personById(queries, input.to_user),
    ];
    const why = refusal(from, to, input, today) ?? (await cycle(queries, person, input));
    if (why !== null) return { outcome: 'refused', why };
    const [row] = await queries.query<{ delegation_id: string }>(
      `insert into delegation (from_user, to_user, starts_on, ends_on, company_keys, amount_below, reason, made_by)
       values ($1, $2, $3, $4, $5, $6, $7, $1) returning delegation_id`,
      [
        person.user_id,
        input.to_user,
        input.starts_on,
        input.ends_on,
        input.company_keys ?? from?.company_keys ?? null,
        input.amount_below,
        input.reason.trim(),
      ],
    );
    if (row === undefined) throw new Error('the delegation just made is missing');
    await appendAudit(queries, {
      actor: person.user_id,
      action: 'delegation.made',
      subject: person.email,
      before: null,
      after: {
        delegation_id: row.delegation_id,
        to: to?.email ?? input.to_user,
        starts_on: input.starts_on,
        ends_on: input.ends_on,
        company_keys: input.company_keys === null ? null : [...input.company_keys],
        amount_below: input.amount_below,
        reason: input.reason.trim(),
      },
    });
    return { outcome: 'made', delegation_id: row.delegation_id };
  });
}

/** Ends a delegation now; only who lent it, or who may administer people. */
export function endDelegation(
  state: State,
  person: Person,
  delegationId: string,
): Promise<boolean> {
  return state.transaction(async (queries) => {
    const [ended] = await queries.query<Delegation>(
      `update delegation set ended_at = current_timestamp
       where delegation_id::text = $1 and ended_at is null and (from_user = $2 or $3) returning *`,
      [delegationId, person.user_id, can(person, 'people.manage')],
    );
    if (ended === undefined) return false;
    await appendAudit(queries, {
      actor: person.user_id,
      action: 'delegation.ended',
      subject: ended.delegation_id,
      before: { from: ended.from_user, to: ended.to_user, ends_on: ended.ends_on },
      after: { ended: true },
    });
    return true;
  });
}

/** Delegations that hold or will hold, then those of the last year. */
export function listDelegations(queries: Queries, mine: Person | null): Promise<Delegation[]> {
  return queries.query(
    `select d.*, f.name as from_name, t.name as to_name
     from delegation d join "user" f on f.id = d.from_user join "user" t on t.id = d.to_user
     where ($1::text is null or $1 in (d.from_user, d.to_user))
       and d.ends_on > current_date - 365
     order by d.ended_at is not null, d.ends_on < current_date, d.starts_on desc, d.delegation_id
     limit 200`,
    [mine?.user_id ?? null],
  );
}

type Why = Extract<DelegateResult, { outcome: 'refused' }>['why'];

function refusal(
  from: Person | null,
  to: Person | null,
  input: DelegationInput,
  today: string,
): Why | null {
  if (from === null || !can(from, 'cases.decide')) return 'no_right';
  if (from.user_id === to?.user_id) return 'self';
  if (to === null || !can(to, 'cases.decide')) return 'no_right';
  if (![input.starts_on, input.ends_on].every(isDay)) return 'dates';
  if (input.ends_on < input.starts_on) return 'dates';
  if (input.ends_on < today) return 'past';
  const days = (Date.parse(input.ends_on) - Date.parse(input.starts_on)) / 86_400_000;
  if (days > longestDelegationDays) return 'too_long';
  const own = from.company_keys;
  if (own !== null && input.company_keys?.some((key) => !own.includes(key)) === true)
    return 'scope';
  if (input.amount_below !== null && !/^\d{1,14}(\.\d{1,4})?$/.test(input.amount_below))
    return 'scope';
  if (input.reason.trim() === '' || input.reason.length > 500) return 'reason';
  return null;
}

function isDay(text: string): boolean {
  return dayPattern.test(text) && !Number.isNaN(Date.parse(text));
}

/** Whether the delegate's rights come back to the person, through delegations that overlap it. */
async function cycle(
  queries: Queries,
  person: Person,
  input: DelegationInput,
): Promise<Why | null> {
  const rows = await queries.query(
    `with recursive reached (user_id) as (
       select $1::text
       union
       select d.to_user from delegation d join reached r on r.user_id = d.from_user
       where d.ended_at is null and d.starts_on <= $3::date and d.ends_on >= $2::date)
     select 1 from reached where user_id = $4`,
    [input.to_user, input.starts_on, input.ends_on, person.user_id],
  );
  return rows.length > 0 ? 'cycle' : null;
}
