import type { Parameter, Queryable } from '../table.ts';
import { scopePredicate, type ProcessScope } from './scope.ts';

/** A way through the process: its activities in order, how many traces took it and how long they ran. */
export interface Variant {
  readonly variant_key: string;
  readonly activities: readonly string[];
  readonly traces: number;
  readonly share: number;
  readonly median_duration_seconds: number | null;
  readonly p90_duration_seconds: number | null;
  readonly rework_steps: number;
}

/** The most frequent variants, and how many there are. */
export interface Variants {
  readonly variants: readonly Variant[];
  readonly variant_count: number;
  readonly trace_count: number;
}

/**
 * Paths taken, the most frequent first.
 *
 * Definition  traces with the same list of activities; duration from first to last event
 * Shape       at most `limit` variants (1 to 1,000); the counts are of all of them
 */
export async function processVariants(
  warehouse: Queryable,
  scope: ProcessScope,
  limit = 10,
): Promise<Variants> {
  if (!(limit >= 1 && limit <= 1_000))
    throw new RangeError(`processVariants: expected a limit of 1 to 1,000, got ${limit}`);
  const values: Record<string, Parameter> = {};
  const { traces } = scopePredicate(scope, values);
  const [totals, rows] = await Promise.all([
    warehouse.rows(
      `select count(distinct variant_key)::BIGINT as variant_count, count(*)::BIGINT as trace_count
      from approval_trace where ${traces}`,
      values,
    ),
    warehouse.rows(
      `select variant_key::VARCHAR as variant_key, any_value(variant) as activities,
        count(*)::BIGINT as traces, median(duration_seconds) as median_duration_seconds,
        quantile_cont(duration_seconds, 0.9) as p90_duration_seconds,
        max(rework_steps)::BIGINT as rework_steps
      from approval_trace where ${traces}
      group by variant_key order by traces desc, variant_key limit ${Math.trunc(limit)}`,
      values,
    ),
  ]);
  const trace_count = Number(totals[0]?.['trace_count'] ?? 0);
  return {
    variant_count: Number(totals[0]?.['variant_count'] ?? 0),
    trace_count,
    variants: rows.map((row) => ({
      variant_key: String(row['variant_key']),
      activities: Array.isArray(row['activities']) ? row['activities'].map(String) : [],
      traces: Number(row['traces']),
      share: Number(row['traces']) / trace_count,
      median_duration_seconds: numberOrNull(row['median_duration_seconds']),
      p90_duration_seconds: numberOrNull(row['p90_duration_seconds']),
      rework_steps: Number(row['rework_steps']),
    })),
  };
}

function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
