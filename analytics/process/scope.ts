import type { Parameter } from '../table.ts';

/**
 * Which traces are looked at: one process, of the companies a person may see (null = all,
 * [] = none), begun in the UTC days from..to, end exclusive (null = no bound).
 */
export interface ProcessScope {
  readonly process: string;
  readonly company_keys: readonly string[] | null;
  readonly from: string | null;
  readonly to: string | null;
}

/** Predicate over `approval_trace` and, for what does not depend on a trace's beginning, `approval_step`. */
export function scopePredicate(
  scope: ProcessScope,
  values: Record<string, Parameter>,
): { traces: string; steps: string } {
  values['process'] = scope.process;
  const shared = ['process = $process', companyPredicate(scope, values)];
  const period: string[] = [];
  if (scope.from !== null) {
    values['from'] = scope.from;
    period.push('started_at >= $from::TIMESTAMP');
  }
  if (scope.to !== null) {
    values['to'] = scope.to;
    period.push('started_at < $to::TIMESTAMP');
  }
  const traces = [...shared, ...period].join(' and ');
  if (period.length === 0) return { traces, steps: traces };
  return {
    traces,
    steps: `${shared.join(' and ')} and trace_key in (select trace_key from approval_trace where ${traces})`,
  };
}

function companyPredicate(scope: ProcessScope, values: Record<string, Parameter>): string {
  if (scope.company_keys === null) return 'true';
  if (scope.company_keys.length === 0) return 'false';
  values['company_keys'] = scope.company_keys;
  return 'list_contains($company_keys::UUID[], company_key)';
}
