import * as v from 'valibot';
import type { Person } from '../auth/person.ts';
import { appendAudit, type Json } from './audit.ts';
import type { Queries, State } from './database.ts';

/** What a team has time for when nobody set it; no line is drawn then. */
export const usualAlertsPerDay = 12;

const document = v.object({
  team: v.pipe(v.string(), v.trim(), v.nonEmpty('team'), v.maxLength(60, 'team')),
  company_keys: v.nullable(v.array(v.pipe(v.string(), v.uuid()))),
  alerts_per_day: v.pipe(
    v.number('alerts_per_day'),
    v.integer('alerts_per_day'),
    v.minValue(1, 'alerts_per_day'),
    v.maxValue(10_000, 'alerts_per_day'),
  ),
  reason: v.pipe(v.string(), v.trim(), v.nonEmpty('reason'), v.maxLength(2_000, 'reason')),
});

/** For how many new cases a working day a team has time. */
export interface AlertBudget extends v.InferOutput<typeof document> {
  readonly changed_by_name: string;
  readonly changed_at: string;
}

export function listBudgets(queries: Queries): Promise<AlertBudget[]> {
  return queries.query(
    `select b.*, u.name as changed_by_name from alert_budget b join "user" u on u.id = b.changed_by
     order by b.team`,
  );
}

/** Sets a team's budget; who and why stand in the audit log. */
export async function saveBudget(
  state: State,
  person: Person,
  input: unknown,
): Promise<{ outcome: 'saved' } | { outcome: 'invalid'; why: string }> {
  const parsed = v.safeParse(document, input);
  if (!parsed.success) return { outcome: 'invalid', why: parsed.issues[0].message };
  const { team, company_keys, alerts_per_day, reason } = parsed.output;
  await state.transaction(async (queries) => {
    const [before] = await queries.query<{ alerts_per_day: number; company_keys: string[] | null }>(
      'select alerts_per_day, company_keys from alert_budget where team = $1 for update',
      [team],
    );
    await queries.query(
      `insert into alert_budget (team, company_keys, alerts_per_day, reason, changed_by)
       values ($1, $2, $3, $4, $5)
       on conflict (team) do update set company_keys = excluded.company_keys,
         alerts_per_day = excluded.alerts_per_day, reason = excluded.reason,
         changed_by = excluded.changed_by, changed_at = current_timestamp`,
      [team, company_keys, alerts_per_day, reason, person.user_id],
    );
    await appendAudit(queries, {
      actor: person.user_id,
      action: 'alert_budget.changed',
      subject: team,
      before: (before ?? null) as Json,
      after: { company_keys, alerts_per_day, reason },
    });
  });
  return { outcome: 'saved' };
}

/** The budget of the team that covers what a person sees, the narrowest; null when none was set. */
export async function budgetOf(
  queries: Queries,
  person: Pick<Person, 'company_keys'>,
): Promise<AlertBudget | null> {
  const seen = person.company_keys;
  const covering = (await listBudgets(queries)).filter(
    ({ company_keys }) =>
      company_keys === null || (seen !== null && seen.every((key) => company_keys.includes(key))),
  );
  const width = ({ company_keys }: AlertBudget) => company_keys?.length ?? Infinity;
  return covering.sort((a, b) => (width(a) < width(b) ? -1 : 1))[0] ?? null;
}
