import type { Parameter, Queryable } from '../table.ts';
import { busiestHours } from './batches.ts';
import { stepHours, type WeekHour } from './hours.ts';
import { scopePredicate, type ProcessScope } from './scope.ts';

/** An hour of the week in which payments leave, with its share of all payments. */
export interface RunSlot {
  readonly weekday: number;
  readonly hour: number;
  readonly events: number;
  readonly share: number;
}

/** Whether payments leave in runs, in which hours, and how long they wait for it. */
export interface RunWaiting {
  readonly events: number;
  /** The fewest hours of the week that hold 90 % of the payments; empty when payments are not bundled. */
  readonly slots: readonly RunSlot[];
  /** Share of the payments in those hours. */
  readonly concentration: number | null;
  readonly median_wait_seconds: number | null;
  readonly p90_wait_seconds: number | null;
  readonly total_wait_seconds: number | null;
  /** Distinct local days on which payments left. */
  readonly run_days: number;
}

/**
 * Waiting for the payment run.
 *
 * Definition  Events with action `paid` by hour of the local week. They leave in runs when at most
 *             6 of the 168 hours hold 90 % of them. The wait is that before the `paid` event.
 * Units       seconds; shares as fractions
 * Errors      fewer than 20 events are not judged: no slots
 */
export async function runWaiting(
  warehouse: Queryable,
  scope: ProcessScope,
  timeZone = 'UTC',
): Promise<RunWaiting> {
  const values: Record<string, Parameter> = {};
  const [hours, [waits]] = await Promise.all([
    stepHours(warehouse, scope, timeZone),
    warehouse.rows(
      `select median(wait_seconds) as median, quantile_cont(wait_seconds, 0.9) as p90,
        sum(wait_seconds) as total, count(distinct occurred_at::DATE)::BIGINT as run_days
      from approval_step where ${scopePredicate(scope, values).steps} and action = 'paid'`,
      values,
    ),
  ]);
  const paid = hours.filter(({ step }) => step === 'paid');
  const events = paid.reduce((sum, hour) => sum + hour.events, 0);
  const slots = runSlots(paid, events);
  return {
    events,
    slots,
    concentration: slots.length === 0 ? null : slots.reduce((sum, { share }) => sum + share, 0),
    median_wait_seconds: numberOrNull(waits?.['median']),
    p90_wait_seconds: numberOrNull(waits?.['p90']),
    total_wait_seconds: numberOrNull(waits?.['total']),
    run_days: Number(waits?.['run_days'] ?? 0),
  };
}

function runSlots(paid: readonly WeekHour[], events: number): readonly RunSlot[] {
  const byHour = new Float64Array(168);
  for (const { weekday, hour, events: held } of paid) byHour[(weekday - 1) * 24 + hour] = held;
  return busiestHours(byHour, events).map((slot) => {
    const held = byHour[slot] ?? 0;
    return {
      weekday: Math.floor(slot / 24) + 1,
      hour: slot % 24,
      events: held,
      share: held / events,
    };
  });
}

function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
