import { requiredPersons, type Because } from './approval-plan.ts';
import { planFor, type PaymentFacts, type PolicyDocument } from './policy-document.ts';

/** What a policy would have asked for, of past payments. */
export interface Simulation {
  readonly payments: number;
  readonly from_on: string | null;
  readonly to_on: string | null;
  /** By number of persons: how many payments now, and with the simulated version. */
  readonly by_persons: readonly {
    readonly persons: number;
    readonly now: number;
    readonly then: number;
  }[];
  readonly more_persons: number;
  readonly fewer_persons: number;
  readonly by_rule: readonly {
    /** Null: no rule matched. */
    readonly rule: string | null;
    readonly payments: number;
    readonly persons: number;
    readonly stages: readonly string[];
  }[];
  readonly by_because: Readonly<Partial<Record<Because, number>>>;
}

/** A past payment with what was known when it was requested. */
export type PastPayment = PaymentFacts & { readonly requested_on: string };

/**
 * Replays past payments through two policies. The first person is taken to have the limit, so that
 * the difference is the policy's alone.
 */
export function simulate(
  live: PolicyDocument,
  proposed: PolicyDocument,
  history: readonly PastPayment[],
): Simulation {
  const byPersons = new Map<number, { now: number; then: number }>();
  const byRule = new Map<string | null, { payments: number; persons: number; stages: string[] }>();
  const byBecause: Partial<Record<Because, number>> = {};
  let [more, fewer] = [0, 0];
  for (const payment of history) {
    const before = requiredPersons(planFor(live, payment, true));
    const plan = planFor(proposed, payment, true);
    const after = requiredPersons(plan);
    count(byPersons, before).now += 1;
    count(byPersons, after).then += 1;
    if (after > before) more += 1;
    if (after < before) fewer += 1;
    for (const one of plan.because) byBecause[one] = (byBecause[one] ?? 0) + 1;
    const entry = byRule.get(plan.rule) ?? {
      payments: 0,
      persons: after,
      stages: plan.stages.map((one) => one.name),
    };
    byRule.set(plan.rule, {
      ...entry,
      payments: entry.payments + 1,
      persons: Math.max(entry.persons, after),
    });
  }
  const days = history.map((one) => one.requested_on).sort();
  return {
    payments: history.length,
    from_on: days[0] ?? null,
    to_on: days.at(-1) ?? null,
    by_persons: [...byPersons]
      .map(([persons, row]) => ({ persons, ...row }))
      .sort((a, b) => a.persons - b.persons),
    more_persons: more,
    fewer_persons: fewer,
    by_rule: [...byRule]
      .map(([rule, row]) => ({ rule, ...row }))
      .sort(
        (a, b) => b.payments - a.payments || ((a.rule ?? '\uffff') < (b.rule ?? '\uffff') ? -1 : 1),
      ),
    by_because: byBecause,
  };
}

function count(rows: Map<number, { now: number; then: number }>, persons: number) {
  const row = rows.get(persons) ?? { now: 0, then: 0 };
  rows.set(persons, row);
  return row;
}
