import type { CaseState } from '#lib/decisions.ts';
import type { Person } from '../auth/person.ts';
import type { CaseFacts } from '../control/duties.ts';
import type { Queries } from './database.ts';

/** Predicate over `cases c`; $1 is the person's `company_keys`. */
export const inScope = '($1::uuid[] is null or c.company_key = any($1))';

/** The row of a case, locked until the transaction ends; null when out of the person's scope. */
export async function lockCase(
  queries: Queries,
  person: Person,
  caseNumber: string,
): Promise<LockedCase | null> {
  const rows = await queries.query<LockedCase>(
    `select c.* from cases c where ${inScope} and c.case_number = $2 for update`,
    [person.company_keys, caseNumber],
  );
  return rows[0] ?? null;
}

/** A case for jobs, which belong to nobody; null when there is none. */
export async function caseOf(queries: Queries, caseNumber: string): Promise<LockedCase | null> {
  const rows = await queries.query<LockedCase>('select * from cases where case_number = $1', [
    caseNumber,
  ]);
  return rows[0] ?? null;
}

/** The same, locked until the transaction ends. */
export async function lockAnyCase(
  queries: Queries,
  caseNumber: string,
): Promise<LockedCase | null> {
  const rows = await queries.query<LockedCase>(
    'select * from cases where case_number = $1 for update',
    [caseNumber],
  );
  return rows[0] ?? null;
}

/** The same without the lock, to show it. */
export async function caseToRead(
  queries: Queries,
  person: Person,
  caseNumber: string,
): Promise<LockedCase | null> {
  const rows = await queries.query<LockedCase>(
    `select c.* from cases c where ${inScope} and c.case_number = $2`,
    [person.company_keys, caseNumber],
  );
  return rows[0] ?? null;
}

/** The columns of `cases` that changes look at. */
export interface LockedCase {
  readonly case_number: string;
  readonly company_key: string;
  readonly source: string | null;
  readonly payment_request_key: string | null;
  readonly payment_request_id: string | null;
  readonly amount: string | null;
  readonly currency: string | null;
  readonly amount_base: string | null;
  readonly base_currency: string | null;
  readonly state: CaseState;
  readonly assignee: string | null;
  readonly snoozed_until: string | null;
  /** The case it is decided with; null when it stands for itself. */
  readonly merged_into: string | null;
  readonly version: number;
  readonly facts: Partial<CaseFacts>;
}
