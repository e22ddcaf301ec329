import type { Kpi, KpiPart } from '#analytics/kpis/kpi.ts';

/** One part's share in a change; the shares of all parts add up to the change. */
export interface Driver {
  readonly part: string | null;
  readonly label: string | null;
  readonly contribution: number;
}

/**
 * Splits the change of a KPI between two periods over the parts of a dimension.
 *
 * Definition  sums: the part's own difference. Rates n/d: with R the rate before, a part gives
 *             (n - R·d)/D now less the same before; the parts add up to the change exactly, and a
 *             part's share holds both its own better or worse rate and its greater or smaller weight.
 * Shape       one driver per part of either period, the greatest effect first
 * Units       as the KPI's
 */
export function drivers(kpi: Kpi, now: readonly KpiPart[], before: readonly KpiPart[]): Driver[] {
  const parts = new Map([...before, ...now].map((part) => [part.part, part.label]));
  const share = kpi.kind === 'sum' ? differenceOf : rateShare(kpi, now, before);
  return [...parts]
    .map(([part, label]) => ({
      part,
      label,
      contribution: share(partOf(now, part), partOf(before, part)),
    }))
    .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
}

const partOf = (parts: readonly KpiPart[], part: string | null): KpiPart | undefined =>
  parts.find((found) => found.part === part);

const differenceOf = (now: KpiPart | undefined, before: KpiPart | undefined): number =>
  (now?.value ?? 0) - (before?.value ?? 0);

function rateShare(
  kpi: Kpi,
  now: readonly KpiPart[],
  before: readonly KpiPart[],
): (now: KpiPart | undefined, before: KpiPart | undefined) => number {
  const scale = kpi.unit === 'basis_points' ? 10_000 : 1;
  const total = (parts: readonly KpiPart[], name: 'numerator' | 'denominator'): number =>
    parts.reduce((sum, part) => sum + Number(part[name] ?? 0), 0);
  const [nowTotal, beforeTotal] = [total(now, 'denominator'), total(before, 'denominator')];
  const rateBefore = beforeTotal === 0 ? 0 : total(before, 'numerator') / beforeTotal;
  const aboveBefore = (part: KpiPart | undefined, whole: number): number =>
    part === undefined || whole === 0
      ? 0
      : (Number(part.numerator ?? 0) - rateBefore * Number(part.denominator ?? 0)) / whole;
  return (a, b) => scale * (aboveBefore(a, nowTotal) - aboveBefore(b, beforeTotal));
}
