import { expect, test } from 'vitest';
import { layoutProcessMap } from '#analytics/process/layout.ts';
import { withFewerEdges, type MapEdge, type ProcessMap } from '#analytics/process/map.ts';

const edge = (from: string, to: string, count: number): MapEdge => ({
  from,
  to,
  count,
  mean: 1,
  median: 1,
  p90: 1,
  min: 1,
  max: 1,
  sum: count,
  stdev: 0,
});
const map: ProcessMap = {
  traces: 100,
  events: 420,
  activities: ['submitted', 'approved', 'paid', 'rejected'].map((name) => ({
    name,
    count: 100,
    action: name,
    role: null,
    total_wait_seconds: 0,
  })),
  edges: [
    edge('submitted', 'approved', 100),
    edge('approved', 'paid', 90),
    edge('submitted', 'rejected', 10),
    edge('rejected', 'submitted', 10),
    edge('approved', 'approved', 3),
  ],
  start: [{ name: 'submitted', count: 100 }],
  end: [{ name: 'paid', count: 90 }],
};

test('runs from left to right along the usual way, without overlaps, inside its frame', async () => {
  const layout = await layoutProcessMap(map);
  const x = (name: string) => layout.activities.find((one) => one.name === name)?.x ?? -1;
  expect(x('submitted')).toBeLessThan(x('approved'));
  expect(x('approved')).toBeLessThan(x('paid'));
  for (const one of layout.activities) {
    expect(one.x + one.width).toBeLessThanOrEqual(layout.width);
    expect(one.y + one.height).toBeLessThanOrEqual(layout.height);
    for (const other of layout.activities.filter(({ name }) => name !== one.name)) {
      const apart =
        one.x + one.width <= other.x ||
        other.x + other.width <= one.x ||
        one.y + one.height <= other.y ||
        other.y + other.height <= one.y;
      expect(apart).toBe(true);
    }
  }
});

test('draws every edge as a path of plain numbers and knows rework by its direction', async () => {
  const layout = await layoutProcessMap(map);
  expect(layout.edges).toHaveLength(map.edges.length);
  for (const { path } of layout.edges) expect(path).toMatch(/^M [\d.]+ [\d.]+( [CQL]?[ \d.,-]+)+$/);
  const backward = layout.edges.filter(({ is_backward }) => is_backward);
  expect(backward.map(({ from, to }) => [from, to])).toEqual([
    ['rejected', 'submitted'],
    ['approved', 'approved'],
  ]);
});

test('gives the same picture for the same map', async () => {
  expect(await layoutProcessMap(map)).toEqual(await layoutProcessMap(map));
});

test('is empty for an empty map', async () => {
  const empty = { ...map, activities: [], edges: [], start: [], end: [] };
  expect(await layoutProcessMap(empty)).toEqual({ width: 0, height: 0, activities: [], edges: [] });
});

test('fewer edges keep each activity connected', () => {
  const fewer = withFewerEdges(map, 0.5);
  expect(fewer.edges.map(({ from, to }) => [from, to])).toEqual([
    ['submitted', 'approved'],
    ['approved', 'paid'],
    ['submitted', 'rejected'],
    ['rejected', 'submitted'],
  ]);
});
