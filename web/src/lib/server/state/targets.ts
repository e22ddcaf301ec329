import { kpis } from '#analytics/kpis/catalogue.ts';
import type { Person } from '../auth/person.ts';
import { appendAudit } from './audit.ts';
import type { Queries, State } from './database.ts';

/** What a KPI should be, in its own unit. `company_key` null: for the group. */
export interface KpiTarget {
  readonly kpi_id: string;
  readonly company_key: string | null;
  /** Exact decimal text. */
  readonly value: string;
  readonly set_by_name: string;
  readonly set_at: string;
}

/** All targets a person may see: those of the group and of the person's entities. */
export function listTargets(
  queries: Queries,
  company_keys: readonly string[] | null,
): Promise<KpiTarget[]> {
  return queries.query<KpiTarget>(
    `select t.kpi_id, t.company_key, trim_scale(t.value)::text as value, u.name as set_by_name, t.set_at
     from kpi_target t join "user" u on u.id = t.set_by
     where t.company_key is null or $1::uuid[] is null or t.company_key = any($1)
     order by t.kpi_id, t.company_key nulls first`,
    [company_keys],
  );
}

/**
 * The targets that hold for what a page shows, by KPI: one entity's own where it has one, else the
 * group's unless that is an amount or a number; for several entities none but, when all are shown,
 * the group's.
 */
export function targetsFor(
  targets: readonly KpiTarget[],
  company_keys: readonly string[] | null,
): ReadonlyMap<string, number> {
  const held = new Map<string, number>();
  const only = company_keys?.length === 1 ? company_keys[0] : null;
  for (const { kpi_id, company_key, value } of targets) {
    const isOfGroup = company_keys === null || (only !== null && isShared(kpi_id));
    if (company_key === null ? isOfGroup : company_key === only) held.set(kpi_id, Number(value));
  }
  return held;
}

/** Whether one entity may be held to what the group is: a rate or a duration, not an amount. */
function isShared(kpi_id: string): boolean {
  const unit = kpis.find(({ id }) => id === kpi_id)?.unit;
  return unit !== undefined && unit !== 'money' && unit !== 'count';
}

/** Sets or takes away (`value` null) a target, with its audit row. */
export function setTarget(
  state: State,
  person: Person,
  target: Pick<KpiTarget, 'kpi_id' | 'company_key'> & { readonly value: string | null },
): Promise<void> {
  const { kpi_id, company_key, value } = target;
  return state.transaction(async (queries) => {
    const [before] = await queries.query<{ value: string }>(
      `delete from kpi_target where kpi_id = $1 and company_key is not distinct from $2::uuid
       returning trim_scale(value)::text as value`,
      [kpi_id, company_key],
    );
    if (value !== null)
      await queries.query(
        'insert into kpi_target (kpi_id, company_key, value, set_by) values ($1, $2, $3, $4)',
        [kpi_id, company_key, value, person.user_id],
      );
    await appendAudit(queries, {
      actor: person.user_id,
      action: value === null ? 'target.removed' : 'target.set',
      subject: kpi_id,
      before: before === undefined ? null : { company_key, value: before.value },
      after: value === null ? null : { company_key, value },
    });
  });
}
