import type { Parameter, Queryable, Row } from '../table.ts';
import { scopePredicate, type ProcessScope } from './scope.ts';

/** An activity on the map. Waits are those right before it, in seconds. */
export interface MapActivity {
  readonly name: string;
  readonly count: number;
  /** Most frequent action and role of its events. */
  readonly action: string;
  readonly role: string | null;
  readonly total_wait_seconds: number;
}

/** Two activities that follow each other. All but `count` in seconds; null when no time is known to the second. */
export interface MapEdge {
  readonly from: string;
  readonly to: string;
  readonly count: number;
  readonly mean: number | null;
  readonly median: number | null;
  readonly p90: number | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly sum: number | null;
  readonly stdev: number | null;
}

/** How often traces begin or end with an activity. */
export interface MapBoundary {
  readonly name: string;
  readonly count: number;
}

/** A directly-follows graph. */
export interface ProcessMap {
  readonly traces: number;
  readonly events: number;
  readonly activities: readonly MapActivity[];
  readonly edges: readonly MapEdge[];
  readonly start: readonly MapBoundary[];
  readonly end: readonly MapBoundary[];
}

/** What drawing a map needs of it. */
interface Drawable {
  readonly activities: readonly { readonly name: string }[];
  readonly edges: readonly Pick<MapEdge, 'from' | 'to' | 'count'>[];
}

export interface ProcessMapRequest {
  readonly scope: ProcessScope;
  /** Keep the most frequent activities that together make this share of all events; 1 = all. */
  readonly activityShare?: number;
}

/**
 * The process map: which activity follows which, how often and after what wait.
 *
 * Definition  Directly-follows graph over the events of a trace in order of time, sequence and
 *             source row. Median and P90 interpolate; stdev is that of a sample (n − 1), null for
 *             one. With `activityShare` the events of other activities are taken out first, so an
 *             edge may span them.
 * Units       seconds of calendar time; between steps known only to the day whole days, none within one
 * Source      agrees with PM4Py's performance DFG (pm4py 2.7) on counts and aggregates
 */
export async function processMap(
  warehouse: Queryable,
  request: ProcessMapRequest,
): Promise<ProcessMap> {
  const all = await activitiesOf(warehouse, request.scope);
  const kept = keptActivities(all, request.activityShare ?? 1);
  const values: Record<string, Parameter> = {};
  const steps = stepsSql(request.scope, values, kept.length === all.length ? null : kept);
  const [edges, ends] = await Promise.all([
    warehouse.rows(
      `select previous_activity as from_activity, activity as to_activity, count(*)::BIGINT as count,
        avg(wait_seconds) as mean, median(wait_seconds) as median,
        quantile_cont(wait_seconds, 0.9) as p90, min(wait_seconds) as min, max(wait_seconds) as max,
        sum(wait_seconds) as sum, stddev_samp(wait_seconds) as stdev
      from (${steps}) where previous_activity is not null
      group by previous_activity, activity order by count desc, from_activity, to_activity`,
      values,
    ),
    warehouse.rows(
      `select first, last, count(*)::BIGINT as count
      from (
        select arg_min(activity, position) as first, arg_max(activity, position) as last
        from (${steps}) group by trace_key
      ) group by first, last`,
      values,
    ),
  ]);
  const parsed = edges.map(edgeOf);
  return {
    traces: ends.reduce((sum, row) => sum + Number(row['count']), 0),
    events: kept.reduce((sum, { count }) => sum + count, 0),
    activities: kept.map((activity) => ({
      ...activity,
      total_wait_seconds: parsed
        .filter((edge) => edge.to === activity.name)
        .reduce((sum, edge) => sum + (edge.sum ?? 0), 0),
    })),
    edges: parsed,
    start: boundaries(ends, 'first'),
    end: boundaries(ends, 'last'),
  };
}

/**
 * A map with fewer edges, for display: the most frequent ones up to `edgeShare` of all
 * transitions, and for each activity at least its most frequent way in and out.
 */
export function withFewerEdges<Map extends Drawable>(map: Map, edgeShare: number): Map {
  const kept = new Set<Drawable['edges'][number]>();
  const total = map.edges.reduce((sum, { count }) => sum + count, 0);
  let covered = 0;
  for (const edge of map.edges) {
    if (covered >= total * edgeShare) break;
    kept.add(edge);
    covered += edge.count;
  }
  for (const { name } of map.activities)
    for (const side of ['from', 'to'] as const) {
      const strongest = map.edges.find((edge) => edge[side] === name && edge.from !== edge.to);
      if (strongest !== undefined) kept.add(strongest);
    }
  return { ...map, edges: map.edges.filter((edge) => kept.has(edge)) };
}

type CountedActivity = Omit<MapActivity, 'total_wait_seconds'>;

async function activitiesOf(
  warehouse: Queryable,
  scope: ProcessScope,
): Promise<readonly CountedActivity[]> {
  const values: Record<string, Parameter> = {};
  const rows = await warehouse.rows(
    `select activity, action, role, count(*)::BIGINT as count
    from approval_step where ${scopePredicate(scope, values).steps}
    group by activity, action, role order by count desc, activity, action, role`,
    values,
  );
  const activities = new Map<string, CountedActivity>();
  for (const row of rows) {
    const name = String(row['activity']);
    const seen = activities.get(name);
    const first = {
      name,
      count: 0,
      action: String(row['action']),
      role: row['role'] === null ? null : String(row['role']),
    };
    activities.set(name, {
      ...(seen ?? first),
      count: (seen?.count ?? 0) + Number(row['count']),
    });
  }
  return [...activities.values()].sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
}

function keptActivities(
  activities: readonly CountedActivity[],
  share: number,
): readonly CountedActivity[] {
  if (!(share > 0 && share <= 1))
    throw new RangeError(`processMap: expected activityShare above 0 and up to 1, got ${share}`);
  const total = activities.reduce((sum, { count }) => sum + count, 0);
  let covered = 0;
  return activities.filter(({ count }) => {
    const wanted = covered < total * share;
    covered += count;
    return wanted || share === 1;
  });
}

function stepsSql(
  scope: ProcessScope,
  values: Record<string, Parameter>,
  kept: readonly CountedActivity[] | null,
): string {
  const { steps } = scopePredicate(scope, values);
  if (kept === null)
    return `select trace_key, position, activity, previous_activity, wait_seconds
      from approval_step where ${steps}`;
  values['activities'] = kept.map(({ name }) => name);
  return `select trace_key, position, activity,
      lag(activity) over following as previous_activity,
      case
        when time_precision is not distinct from 'date' or lag(time_precision) over following = 'date'
          then nullif(occurred_at::DATE - lag(occurred_at::DATE) over following, 0) * 86400::DOUBLE
        else epoch_us(occurred_at - lag(occurred_at) over following) / 1e6
      end as wait_seconds
    from approval_step
    where ${steps} and list_contains($activities::VARCHAR[], activity)
    window following as (partition by trace_key order by position)`;
}

function edgeOf(row: Row): MapEdge {
  const seconds = (name: string) => (typeof row[name] === 'number' ? row[name] : null);
  return {
    from: String(row['from_activity']),
    to: String(row['to_activity']),
    count: Number(row['count']),
    mean: seconds('mean'),
    median: seconds('median'),
    p90: seconds('p90'),
    min: seconds('min'),
    max: seconds('max'),
    sum: seconds('sum'),
    stdev: seconds('stdev'),
  };
}

function boundaries(rows: readonly Row[], side: 'first' | 'last'): readonly MapBoundary[] {
  const counts = new Map<string, number>();
  for (const row of rows)
    counts.set(String(row[side]), (counts.get(String(row[side])) ?? 0) + Number(row['count']));
  return [...counts]
    .map(([name, count]) => ({ name, count }))
    .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
}
