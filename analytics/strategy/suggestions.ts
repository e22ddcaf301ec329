import type { Parameter, Queryable } from '../table.ts';

/** Whose savings and up to when. */
export interface SuggestionScope {
  /** Companies the reader may see; null only for work that nobody reads directly. */
  readonly company_keys: readonly string[] | null;
  /** UTC ISO time that counts as now: the twelve months before it are looked at. */
  readonly asOf: string;
  readonly limit: number;
}

/** How sure a suggestion is, by the number of payments it rests on. */
export type Confidence = 'high' | 'medium' | 'low';

/**
 * What a better strategy with one vendor would save in one company, from what was missed there.
 *
 * Units  saving_base in group currency, decimal text, the last twelve months as they were (no
 *        extrapolation); null when no amount has a rate
 */
export interface Suggestion {
  readonly detector: string;
  readonly company_key: string;
  readonly vendor_key: string | null;
  readonly finding_count: number;
  /** Findings without a rate to the group currency: not in the sum. */
  readonly without_rate_count: number;
  readonly saving_base: string | null;
  readonly first_found_at: string;
  readonly last_found_at: string;
  readonly confidence: Confidence;
  /** The largest findings, at most five: what to look at first. */
  readonly evidence_keys: readonly string[];
}

/**
 * Suggestions of a year: `saving` findings added up by vendor, company and kind of saving.
 *
 * Definition  sum and number of the findings found in the twelve months up to asOf. Confidence is
 *             high from 12 findings (once a month), medium from 4, else low.
 * Shape       at most `limit` rows, largest saving first, unknown savings last
 */
export async function suggestions(
  warehouse: Queryable,
  scope: SuggestionScope,
): Promise<Suggestion[]> {
  const values: Record<string, Parameter> = {
    as_of: scope.asOf.replace('T', ' ').replace(/Z$/, ''),
    row_limit: scope.limit,
  };
  if (scope.company_keys !== null) values['company_keys'] = scope.company_keys;
  const rows = await warehouse.rows(
    `select
      detector,
      company_key::varchar as company_key,
      vendor_key::varchar as vendor_key,
      count(*) as finding_count,
      count(*) filter (where amount_at_stake_base is null) as without_rate_count,
      sum(amount_at_stake_base)::decimal(18, 4) as saving_base,
      min(found_as_of) as first_found_at,
      max(found_as_of) as last_found_at,
      case when count(*) >= 12 then 'high' when count(*) >= 4 then 'medium' else 'low' end as confidence,
      list(finding_key::varchar order by amount_at_stake_base desc nulls last, finding_key)[1:5] as evidence_keys
    from finding
    where kind = 'saving'
      and found_as_of > $as_of::timestamp - interval 1 year
      and found_as_of <= $as_of::timestamp
      ${scope.company_keys === null ? '' : 'and list_contains($company_keys, company_key::varchar)'}
    group by all
    order by saving_base desc nulls last, detector, company_key, vendor_key
    limit $row_limit::bigint`,
    values,
  );
  return rows as unknown as Suggestion[];
}
