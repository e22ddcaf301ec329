import ElkConstructor from 'elkjs/lib/elk.bundled.js';
import type { ELK, ElkExtendedEdge, ElkNode, ElkPoint } from 'elkjs';
import type { ProcessMap } from './map.ts';

/** What the layout looks at: the graph, how often each edge is taken, and where traces begin and end. */
export type LayoutMap = Pick<ProcessMap, 'start' | 'end'> & {
  readonly activities: readonly { readonly name: string }[];
  readonly edges: readonly { readonly from: string; readonly to: string; readonly count: number }[];
};

/** Where an activity's box stands, in pixels. */
export interface PlacedActivity {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** How an edge runs: an SVG path, and the middle of its label. */
export interface PlacedEdge {
  readonly from: string;
  readonly to: string;
  readonly path: string;
  readonly label_x: number;
  readonly label_y: number;
  /** True for an edge against the direction of flow: rework. */
  readonly is_backward: boolean;
}

/** A drawn map: everything lies within width × height. */
export interface ProcessLayout {
  readonly width: number;
  readonly height: number;
  readonly activities: readonly PlacedActivity[];
  readonly edges: readonly PlacedEdge[];
}

/** Sizes of what is drawn, in pixels. */
export interface LayoutSizes {
  readonly activity_width: number;
  readonly activity_height: number;
  readonly label_width: number;
  readonly label_height: number;
}

const usualSizes: LayoutSizes = {
  activity_width: 124,
  activity_height: 48,
  label_width: 64,
  label_height: 30,
};

/**
 * Places a process map from left to right.
 *
 * Definition  ELK's layered layout, activities ordered so that few transitions run backward; the
 *             same map gives the same picture.
 * Units       pixels, origin top left
 */
export async function layoutProcessMap(
  map: LayoutMap,
  sizes: LayoutSizes = usualSizes,
): Promise<ProcessLayout> {
  if (map.activities.length === 0) return { width: 0, height: 0, activities: [], edges: [] };
  const elk: ELK = new ElkConstructor();
  const placed = await elk.layout(graphOf(map, sizes));
  const activities = (placed.children ?? []).map((node) => activityOf(node, map));
  const byName = new Map(activities.map((activity) => [activity.name, activity]));
  return {
    width: Math.ceil(placed.width ?? 0),
    height: Math.ceil(placed.height ?? 0),
    activities,
    edges: (placed.edges ?? []).map((edge, position) => edgeOf(edge, map, { position, byName })),
  };
}

function graphOf(map: LayoutMap, sizes: LayoutSizes): ElkNode {
  const order = inReadingOrder(map);
  const ids = new Map(map.activities.map(({ name }, position) => [name, `activity-${position}`]));
  return {
    id: 'map',
    layoutOptions: {
      'elk.algorithm': 'layered',
      'elk.direction': 'RIGHT',
      'elk.edgeRouting': 'SPLINES',
      'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
      'elk.layered.cycleBreaking.strategy': 'MODEL_ORDER',
      'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
      'elk.layered.spacing.nodeNodeBetweenLayers': '14',
      'elk.spacing.nodeNode': '28',
      'elk.spacing.edgeNode': '16',
      'elk.padding': '[top=8,left=8,bottom=8,right=8]',
      'elk.randomSeed': '1',
    },
    children: order.map((name) => ({
      id: ids.get(name) ?? name,
      width: sizes.activity_width,
      height: sizes.activity_height,
    })),
    edges: map.edges.map((edge, position) => ({
      id: `edge-${position}`,
      sources: [ids.get(edge.from) ?? edge.from],
      targets: [ids.get(edge.to) ?? edge.to],
      labels: [{ text: String(edge.count), width: sizes.label_width, height: sizes.label_height }],
    })),
  };
}

/**
 * Activities in an order in which few transitions run backward: the greedy heuristic of Eades, Lin
 * and Smyth (1993), each transition weighing its count and each trace one way in and one out.
 * Ties keep the order of `map.activities`.
 */
function inReadingOrder(map: LayoutMap): readonly string[] {
  const waiting = new Set(map.activities.map(({ name }) => name));
  const [first, last]: [string[], string[]] = [[], []];
  const flow = (name: string, side: 'from' | 'to', other: 'from' | 'to'): number =>
    map.edges
      .filter((edge) => edge[side] === name && edge[other] !== name && waiting.has(edge[other]))
      .reduce((sum, { count }) => sum + count, 0);
  const boundary = (ends: LayoutMap['start'], name: string): number =>
    ends.find((end) => end.name === name)?.count ?? 0;
  while (waiting.size > 0) {
    const names = [...waiting];
    const sink = names.find((name) => flow(name, 'from', 'to') === 0);
    const source = names.find((name) => flow(name, 'to', 'from') === 0);
    const [leader = ''] = names.sort((a, b) => lead(b) - lead(a));
    const next = sink ?? source ?? leader;
    waiting.delete(next);
    if (sink === undefined) first.push(next);
    else last.unshift(next);
  }
  return [...first, ...last];

  function lead(name: string): number {
    const inner = flow(name, 'from', 'to') - flow(name, 'to', 'from');
    return inner + boundary(map.start, name) - boundary(map.end, name);
  }
}

function activityOf(node: ElkNode, map: LayoutMap): PlacedActivity {
  const position = Number(node.id.replace('activity-', ''));
  return {
    name: map.activities[position]?.name ?? '',
    x: rounded(node.x),
    y: rounded(node.y),
    width: rounded(node.width),
    height: rounded(node.height),
  };
}

function edgeOf(
  edge: ElkExtendedEdge,
  map: LayoutMap,
  placed: { position: number; byName: ReadonlyMap<string, PlacedActivity> },
): PlacedEdge {
  const { from = '', to = '' } = map.edges[placed.position] ?? {};
  const [section] = edge.sections ?? [];
  const [label] = edge.labels ?? [];
  const points = section
    ? [section.startPoint, ...(section.bendPoints ?? []), section.endPoint]
    : [];
  return {
    from,
    to,
    path: pathOf(points),
    label_x: rounded((label?.x ?? 0) + (label?.width ?? 0) / 2),
    label_y: rounded((label?.y ?? 0) + (label?.height ?? 0) / 2),
    is_backward: (placed.byName.get(from)?.x ?? 0) >= (placed.byName.get(to)?.x ?? 0),
  };
}

/** ELK's spline bend points are cubic Bézier controls: three per curve, the last one the curve's end. */
function pathOf(points: readonly ElkPoint[]): string {
  const [first, ...rest] = points;
  if (first === undefined) return '';
  const at = ({ x, y }: ElkPoint) => `${rounded(x)} ${rounded(y)}`;
  const parts = [`M ${at(first)}`];
  let next = 0;
  for (; rest.length - next >= 3; next += 3)
    parts.push(
      `C ${rest
        .slice(next, next + 3)
        .map(at)
        .join(', ')}`,
    );
  const left = rest.slice(next);
  if (left.length === 2) parts.push(`Q ${left.map(at).join(', ')}`);
  else if (left.length === 1) parts.push(`L ${left.map(at).join(' ')}`);
  return parts.join(' ');
}

function rounded(value: number | undefined): number {
  return Math.round((value ?? 0) * 10) / 10;
}
