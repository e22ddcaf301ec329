/** What happens to a KPI's rows to make one number of them. */
export const kpiKinds = ['ratio', 'weighted', 'duration', 'sum', 'count', 'snapshot'] as const;
export type KpiKind = (typeof kpiKinds)[number];

/** How a value is written; one function formats each. `money` is in the group currency, a `number` has decimals. */
export const kpiUnits = [
  'fraction',
  'basis_points',
  'days',
  'seconds',
  'money',
  'count',
  'number',
] as const;
export type KpiUnit = (typeof kpiUnits)[number];

/** By what a KPI can be split. Time is not among them: see `kpiSeries`. */
export const kpiDimensions = [
  'company',
  'vendor',
  'category',
  'cost_center',
  'channel',
  'role',
  'process',
  'source',
  'detector',
  'cause',
] as const;
export type KpiDimension = (typeof kpiDimensions)[number];

/** A KPI: one number with its definition, unit, direction, interval and source. */
export interface Kpi {
  readonly id: string;
  /** Screen texts are messages `kpi_<id>_name` and `kpi_<id>_definition`; these are the English originals for docs. */
  readonly name: string;
  readonly question: string;
  readonly definition: string;
  /** What the number does not say, or when it misleads. */
  readonly caveat: string;
  /**
   * ratio     counted numerator / denominator, with a Wilson interval
   * weighted  summed numerator / denominator, e.g. by value; no interval
   * duration  Kaplan-Meier median of whole days from start to end, open rows counted as not yet ended
   * sum       exact sum of money
   * count     number of rows
   * snapshot  state at the end of the period (or at `asOf`, if earlier), not a flow through it
   */
  readonly kind: KpiKind;
  readonly unit: KpiUnit;
  readonly better: 'higher' | 'lower' | 'context';
  readonly measure: Measure;
  readonly dimensions: readonly KpiDimension[];
  /** Below this many rows `tooFew` is set and the screen says so instead of showing a rate. */
  readonly minimumCount: number;
  /** Days a period must age before its value is final; younger ones are drawn hatched. */
  readonly maturityDays: number;
  readonly interval: 'wilson' | 'kaplan_meier' | 'none';
  readonly benchmark?: Benchmark;
  /** KPI that keeps it honest (speed with error). */
  readonly pairedWith?: string;
}

/** A published figure. `value` is in the KPI's unit; `text` says whose it is and how it differs. */
export interface Benchmark {
  readonly value: number;
  readonly text: string;
  readonly source: string;
  readonly year: number;
}

/** Which rows are measured, when, and with which columns. All names are our own fixed text, never input. */
export interface Measure {
  /** Name in `kpiRelations`. */
  readonly relation: string;
  /** DATE column that puts a row into a period: which cohort is measured. */
  readonly clock: string;
  /** True when the clock lies in the future for planned rows (due dates): those are left out until the day is over. */
  readonly planned?: true;
  readonly count: string;
  readonly numerator?: string;
  readonly denominator?: string;
  /** money: column of the relation with the amount in the document's own currency, which is in `currency`. */
  readonly original?: string;
  /** duration, snapshot: DATE column of the end; null while open. */
  readonly ended?: string;
  /** snapshot: what of the open rows is shown; `count` when left out. */
  readonly of?: 'count' | 'sum' | 'median_age' | 'greatest';
  /** Narrow table with the same column names, already summed by clock, company and `rollupDimensions`. */
  readonly rollup?: string;
  readonly rollupDimensions?: readonly KpiDimension[];
}

/**
 * A KPI's value for one period and scope. `value` is null when there is no data: never 0 for unknown.
 *
 * Units  as the KPI's; money also as exact text in `amount`.
 */
export interface KpiValue {
  readonly id: string;
  readonly value: number | null;
  /** Exact text of money values in the group currency. */
  readonly amount: string | null;
  /** Rows measured: the n beside the number. */
  readonly count: number;
  /** Sums behind a ratio or weighted value, exact text; null for other kinds. */
  readonly numerator: string | null;
  readonly denominator: string | null;
  /** 95 % interval. */
  readonly low: number | null;
  readonly high: number | null;
  /** duration: 90 % have ended within; null when not reached. */
  readonly p90: number | null;
  /** duration: rows that have not ended. */
  readonly open: number | null;
  readonly tooFew: boolean;
  /** True while rows of the period are younger than `maturityDays` at `asOf`. */
  readonly immature: boolean;
}

/** Rows a person may see: entities by key (null = all, [] = none) and the period in UTC days, end exclusive. */
export interface KpiScope {
  readonly company_keys: readonly string[] | null;
  /** 'YYYY-MM-DD'. */
  readonly from: string;
  readonly to: string;
  /** UTC ISO time that counts as now. */
  readonly asOf: string;
}

/** Only rows with these values: dimension → value as `kpiByDimension` gives it; null = not said. */
export type KpiFilters = Readonly<Partial<Record<KpiDimension, string | null>>>;

/** One bucket of a series; `bucket` is its first day. */
export interface KpiPoint extends KpiValue {
  readonly bucket: string;
  /** First day after it. */
  readonly bucket_end: string;
  /** It is not over yet, or the scope holds only some of its days: drawn hatched, not compared. */
  readonly incomplete: boolean;
}

/** One part of a KPI split by a dimension. */
export interface KpiPart extends KpiValue {
  /** Key or text of the part; null = not said. */
  readonly part: string | null;
  /** Name to show: of the company or vendor, else the text itself. */
  readonly label: string | null;
}

export const kpiGrains = ['day', 'week', 'month', 'quarter', 'year'] as const;
export type KpiGrain = (typeof kpiGrains)[number];

/** Where the rows of a group of KPIs come from: what a number opens into. */
export interface KpiRelation {
  /** Table, or select in brackets; our own fixed text. */
  readonly sql: string;
  /** Column that names a row; ties are broken by it. */
  readonly key: string;
  /** Columns shown when a number is opened, in reading order. */
  readonly columns: readonly string[];
  /** Column of each dimension. */
  readonly dimensions: Readonly<Partial<Record<KpiDimension, string>>>;
  /** Rows of which one must lie in scope and before the period's end: only then "none found" means 0, else it is unknown. */
  readonly assessable?: { readonly sql: string; readonly clock: string };
  /** True when rows belong to no entity: whoever may see any entity may see them. */
  readonly shared?: true;
}
