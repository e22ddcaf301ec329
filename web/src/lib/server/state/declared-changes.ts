import { randomUUID } from 'node:crypto';
import type { Baseline } from '#analytics/kpis/baseline.ts';
import type { Person } from '../auth/person.ts';
import { appendAudit } from './audit.ts';
import type { Queries, State } from './database.ts';

/** A change somebody declared, and the KPI's weeks before it as they were then. */
export interface DeclaredChange {
  readonly change_id: string;
  readonly name: string;
  readonly kpi_id: string;
  /** Null: all entities. */
  readonly company_key: string | null;
  /** First day of the change, ISO. */
  readonly starts_on: string;
  readonly baseline: Baseline;
  readonly baseline_hash: string;
  readonly declared_by_name: string;
  readonly declared_at: string;
}

const selected = `select c.change_id, c.name, c.kpi_id, c.company_key, c.starts_on::text as starts_on,
    c.baseline, c.baseline_hash, u.name as declared_by_name, c.declared_at
  from declared_change c join "user" u on u.id = c.declared_by
  where c.withdrawn_at is null
    and ($1::uuid[] is null or c.company_key = any($1))`;

/** Declared changes a person may see, the latest first; those of one KPI when it is named. */
export function listDeclaredChanges(
  queries: Queries,
  company_keys: readonly string[] | null,
  kpi_id: string | null = null,
): Promise<DeclaredChange[]> {
  return queries.query<DeclaredChange>(
    `${selected} and ($2::text is null or c.kpi_id = $2) order by c.starts_on desc, c.change_id`,
    [company_keys, kpi_id],
  );
}

/** One declared change; null when there is none or the person may not see its entity. */
export async function declaredChange(
  queries: Queries,
  company_keys: readonly string[] | null,
  change_id: string,
): Promise<DeclaredChange | null> {
  const [found] = await queries.query<DeclaredChange>(`${selected} and c.change_id = $2::uuid`, [
    company_keys,
    change_id,
  ]);
  return found ?? null;
}

/** Stores a change with its frozen baseline; the audit row has its hash. */
export function declareChange(
  state: State,
  person: Person,
  change: Pick<DeclaredChange, 'name' | 'kpi_id' | 'company_key' | 'starts_on' | 'baseline'>,
): Promise<string> {
  const change_id = randomUUID();
  const { name, kpi_id, company_key, starts_on, baseline } = change;
  return state.transaction(async (queries) => {
    await queries.query(
      `insert into declared_change
         (change_id, name, kpi_id, company_key, starts_on, baseline, baseline_hash, declared_by)
       values ($1, $2, $3, $4, $5, $6::jsonb, $7, $8)`,
      [
        change_id,
        name,
        kpi_id,
        company_key,
        starts_on,
        JSON.stringify(baseline),
        baseline.hash,
        person.user_id,
      ],
    );
    await appendAudit(queries, {
      actor: person.user_id,
      action: 'change.declared',
      subject: change_id,
      before: null,
      after: { name, kpi_id, company_key, starts_on, baseline_hash: baseline.hash },
    });
    return change_id;
  });
}

/** Takes a declared change off the screens; it and its baseline stay stored. False when there is none to see. */
export function withdrawChange(state: State, person: Person, change_id: string): Promise<boolean> {
  return state.transaction(async (queries) => {
    const [withdrawn] = await queries.query<{ name: string; kpi_id: string }>(
      `update declared_change set withdrawn_at = current_timestamp
       where change_id = $1 and withdrawn_at is null
         and ($2::uuid[] is null or company_key = any($2)) returning name, kpi_id`,
      [change_id, person.company_keys],
    );
    if (withdrawn === undefined) return false;
    await appendAudit(queries, {
      actor: person.user_id,
      action: 'change.withdrawn',
      subject: change_id,
      before: { ...withdrawn },
      after: null,
    });
    return true;
  });
}
