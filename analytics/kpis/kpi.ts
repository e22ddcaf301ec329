/** A KPI: one number with its definition, unit, direction, interval and source. */
export interface Kpi {
  readonly id: string;
  /** Screen texts are messages `kpi_<id>_name` and `kpi_<id>_definition`; these are the English originals for docs. */
  readonly question: string;
  readonly definition: string;
  /** `ratio`: numerator / denominator with a Wilson interval; `duration`: Kaplan-Meier median with P90; `sum` and `count` add up. */
  readonly kind: 'ratio' | 'duration' | 'sum' | 'count';
  readonly unit: 'fraction' | 'days' | 'hours' | 'money' | 'count' | 'basis_points' | 'seconds';
  readonly better: 'higher' | 'lower' | 'context';
  /** The date that puts a row into a period, e.g. received_at: which cohort is measured. */
  readonly clock: string;
  /** Mart it is computed from. */
  readonly mart: string;
  /** Select list and predicate over the mart; fixed text of ours, never input. */
  readonly sql: KpiSql;
  readonly dimensions: readonly string[];
  /** Below this many rows the screen says "too few". */
  readonly minimumCount: number;
  /** Days a cohort must age before its value is final; younger periods are drawn hatched. */
  readonly maturityDays: number;
  readonly target?: { readonly value: number };
  readonly benchmark?: {
    readonly value: number;
    readonly text: string;
    readonly source: string;
    readonly year: number;
  };
  /** KPI that keeps it honest (speed with error). */
  readonly pairedWith?: string;
}

export interface KpiSql {
  /** Rows that count at all (predicate). */
  readonly population: string;
  /** ratio: rows that succeed; duration: closed at all; sum: the summed expression. */
  readonly numerator?: string;
  /** ratio by value: weight of a row; default 1. */
  readonly weight?: string;
  /** duration: days from start to end, or to `asOf` while open. */
  readonly duration?: string;
  readonly closed?: string;
}

/** A KPI's value for one period and scope. `value` is null when there is no data: never 0 for unknown. */
export interface KpiValue {
  readonly id: string;
  readonly value: number | null;
  /** Exact text of money values in the group currency. */
  readonly amount: string | null;
  readonly count: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly p90: number | null;
  readonly tooFew: boolean;
}

/** Rows a person may see: entities by key (null = all of them) and the period in UTC days, end exclusive. */
export interface KpiScope {
  readonly company_keys: readonly string[] | null;
  readonly from: string;
  readonly to: string;
  readonly asOf: string;
}
