import {
  pastStories,
  recentDays,
  solveBudget,
  type BudgetLine,
  type PastStories,
} from '#analytics/alert-budget.ts';
import { application } from '../application.ts';
import type { Person } from '../auth/person.ts';
import { budgetOf, usualAlertsPerDay } from '../state/alert-budgets.ts';

/** Days that thresholds and budgets look back. */
export const lookBack_days = 365;

/** A team's budget and the line it draws. */
export interface BudgetView {
  /** Null when nobody set one: then nothing stands below a line. */
  readonly team: string | null;
  readonly alerts_per_day: number;
  readonly line: BudgetLine;
  readonly recent: readonly { readonly day: string; readonly shown: number }[];
}

/** Start of the time looked at. */
export function lookBackFrom(asOf: string): string {
  return new Date(Date.parse(asOf) - lookBack_days * 86_400_000).toISOString();
}

let told: { key: string; stories: Promise<PastStories> } | undefined;

/** The stories of the last 12 months, read once per refresh and scope. */
function storiesSeen(companyKeys: readonly string[] | null): Promise<PastStories> {
  const { warehouse, asOf } = application();
  const key = JSON.stringify([warehouse.generation, asOf(), companyKeys]);
  if (told?.key !== key) {
    const scope = { company_keys: companyKeys, since: lookBackFrom(asOf()), asOf: asOf() };
    told = { key, stories: pastStories(warehouse, scope) };
  }
  return told.stories;
}

/** The budget that counts for this person, solved against what would have been flagged. */
export async function readBudget(person: Person): Promise<BudgetView> {
  const { state, asOf } = application();
  const budget = await budgetOf(state, person);
  const stories = await storiesSeen(budget?.company_keys ?? person.company_keys);
  const alerts_per_day = budget?.alerts_per_day ?? usualAlertsPerDay;
  const line = solveBudget(stories, alerts_per_day);
  return {
    team: budget?.team ?? null,
    alerts_per_day,
    line,
    recent: recentDays(stories, line, { asOf: asOf(), count: 20 }),
  };
}
