import { describe, expect, test } from 'vitest';
import { drawProcess, sharedBeginning, twoLines } from '#lib/charts/process-map.ts';
import { labelEvery, niceTicks } from '#lib/charts/scale.ts';
import { sparkline } from '#lib/charts/sparkline.ts';
import { trend } from '#lib/charts/trend.ts';
import { weekGrid } from '#lib/charts/week-grid.ts';

describe('scale', () => {
  test('starts at zero and reaches the greatest value in round steps', () => {
    expect(niceTicks(21.6)).toEqual([0, 6, 12, 18, 24]);
    expect(niceTicks(5.9)).toEqual([0, 2, 4, 6]);
    expect(niceTicks(8)).toEqual([0, 2, 4, 6, 8]);
    expect(niceTicks(0.931)).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(niceTicks(0)).toEqual([0, 1]);
  });

  test('labels the last place and every n-th before it', () => {
    const isLabelled = labelEvery(26, 7);
    expect([25, 24, 21, 1, 0].map(isLabelled)).toEqual([true, false, true, true, false]);
  });
});

describe('sparkline', () => {
  const size = { width: 72, height: 28, isRunning: true };

  test('draws the running end apart and a gap where a value is unknown', () => {
    const drawing = sparkline([1, 2, null, 3, 4], size);
    expect(drawing?.line).toBe('M2 25L18.5 17.7M51.5 10.3');
    expect(drawing?.running).toBe('M51.5 10.3L68 3');
    expect(drawing?.end).toEqual({ x: 68, y: 3 });
  });

  test('says nothing of fewer than two values and lies flat when nothing changes', () => {
    expect(sparkline([null, 5, null], size)).toBeNull();
    expect(sparkline([5, 5, 5], size)?.end.y).toBe(14);
  });
});

describe('trend', () => {
  test('draws lines from zero, breaks them at unknown values, dots what stands alone, hatches the unfinished end', () => {
    const drawing = trend({
      lines: [{ id: 'median', values: [8, null, 4, 2] }],
      unfinishedFrom: 3,
    });
    expect(drawing.ticks.map((tick) => tick.y)).toEqual([100, 75, 50, 25, 0]);
    expect(drawing.lines[0]?.path).toBe('M0 0h0M66.67 50L100 75');
    expect(drawing.lines[0]?.end).toEqual({ x: 100, y: 75, value: 2 });
    expect(drawing.hatch?.x).toBeCloseTo(83.33);
  });

  test('hatches nothing when every step is over, and survives no values at all', () => {
    expect(trend({ lines: [{ id: 'a', values: [1, 2] }], unfinishedFrom: 2 }).hatch).toBeNull();
    expect(trend({ lines: [{ id: 'a', values: [] }], unfinishedFrom: Infinity }).lines[0]).toEqual({
      id: 'a',
      path: '',
      end: null,
    });
  });
});

describe('week grid', () => {
  const slot = (step: string, weekday: number, hour: number, events: number) => ({
    step,
    weekday,
    hour,
    events,
  });

  test('shades by share of the step and tells what lies outside', () => {
    const grid = weekGrid(
      [slot('paid', 1, 17, 600), slot('paid', 4, 17, 395), slot('paid', 6, 3, 5)],
      ['paid'],
    );
    expect(grid.weekdays).toEqual([1, 2, 3, 4, 5]);
    expect(grid.hours).toEqual([17]);
    expect(grid.rows[0]?.cells.map((cell) => cell.shade)).toEqual([5, 0, 0, 5, 0]);
    expect(grid.outside).toBeCloseTo(0.005);
  });

  test('shows the weekend when it is used, and no row for a step without events', () => {
    const grid = weekGrid([slot('check', 7, 9, 10)], ['check', 'never']);
    expect(grid.weekdays).toContain(7);
    expect(grid.rows.map((row) => row.step)).toEqual(['check']);
  });
});

describe('process map', () => {
  const edge = (from: string, to: string, sum: number | null) => ({
    from,
    to,
    count: 10,
    mean: null,
    median: sum,
    p90: sum,
    min: null,
    max: null,
    sum,
    stdev: null,
  });
  const placed = (from: string, to: string) => ({
    from,
    to,
    path: 'M 0 0',
    label_x: 0,
    label_y: 0,
    is_backward: false,
  });

  test('marks an edge with more than a fifth of all waiting and draws it last', () => {
    const drawing = drawProcess(
      { activities: [], edges: [edge('a', 'b', 90), edge('b', 'c', 10), edge('c', 'd', null)] },
      {
        width: 10,
        height: 10,
        activities: [],
        edges: [placed('a', 'b'), placed('b', 'c'), placed('c', 'd')],
      },
      'median',
    );
    expect(drawing.edges.map((drawn) => [drawn.from, drawn.is_hot, drawn.share])).toEqual([
      ['c', false, null],
      ['b', false, 0.1],
      ['a', true, 0.9],
    ]);
    expect(drawing.edges.map((drawn) => drawn.stroke_width)).toEqual([1.5, 1.5, 12]);
  });

  test('leaves out the words most activities begin with, and only then', () => {
    const log = ['Request SUBMITTED', 'Request APPROVED by A', 'Request APPROVED by B', 'Paid'];
    expect(sharedBeginning(log)).toBe('Request ');
    expect(sharedBeginning(['Approved by A', 'Approved by B', 'Submitted', 'Paid'])).toBe('');
    expect(sharedBeginning([])).toBe('');
  });

  test('breaks long names into two lines', () => {
    expect(twoLines('Paid')).toEqual(['Paid']);
    expect(twoLines('Request For Payment SUBMITTED by EMPLOYEE')).toEqual([
      'Request For',
      'Payment SUBMIT…',
    ]);
  });
});
