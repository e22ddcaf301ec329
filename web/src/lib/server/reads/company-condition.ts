import type { Parameter } from '#analytics/table.ts';

/** Condition on `company_key` for a select, with the values it binds: null sees all, none sees nothing. */
export function companyCondition(companyKeys: readonly string[] | null): {
  readonly condition: string;
  readonly values: Readonly<Record<string, Parameter>>;
} {
  if (companyKeys === null) return { condition: 'true', values: {} };
  if (companyKeys.length === 0) return { condition: 'false', values: {} };
  return {
    condition: 'list_contains($company_keys::uuid[], company_key)',
    values: { company_keys: companyKeys },
  };
}
