import { afterAll, beforeAll, expect, test } from 'vitest';
import { approvalLog } from '#analytics/process/log/approval-log.ts';
import { directlyFollows } from '#analytics/process/log/directly-follows.ts';
import { processFigures } from '#analytics/process/log/figures.ts';
import { casesWhere } from '#analytics/process/log/selection.ts';
import { processMap } from '#analytics/process/map.ts';
import { SmallMarts } from '../../small-marts.ts';

const scope = { process: 'approval', company_keys: null, from: null, to: null };
let marts: SmallMarts;

beforeAll(async () => {
  marts = await SmallMarts.open();
  await marts.connection.run(`insert into approval_event (approval_event_key, approval_event_id,
      process, trace_id, sequence, activity, action, role, amount, currency, occurred_at,
      time_precision, source, batch_id, source_row, extracted_at)
    select md5('event ' || i)::uuid, i, 'approval', 'trace ' || (i % 17), i,
      ['submit', 'approve', 'reject', 'pay'][1 + (i * 7 + i // 17) % 4], 'other',
      case when i % 5 = 0 then null else 'role ' || (i % 3) end, 100 + i % 17, 'EUR',
      timestamp '2024-01-01' + interval (i * 1009 % 5000) minute,
      case when i % 11 = 0 then 'date' else 'second' end, 'erp', 'batch', i, '2024-06-01'
    from range(400) as numbers(i)`);
  await marts.derive('approval_');
});
afterAll(() => marts.close());

test('the warehouse as a log has the same map as SQL makes of it', async () => {
  const log = await approvalLog(marts.warehouse, scope);
  const map = await processMap(marts.warehouse, { scope });
  expect(log).toMatchObject({ event_count: 400, case_count: 17 });
  const found = directlyFollows(log);
  expect(found.count).toHaveLength(map.edges.length);
  for (const edge of map.edges) {
    const at = [...found.from].findIndex(
      (from, index) =>
        log.activities[from] === edge.from && log.activities[found.to[index] ?? 0] === edge.to,
    );
    expect(found.count[at]).toBe(edge.count);
    for (const [own, expected] of [
      [found.mean_ms, edge.mean],
      [found.median_ms, edge.median],
      [found.min_ms, edge.min],
      [found.max_ms, edge.max],
      [found.stdev_ms, edge.stdev],
    ] as const)
      expect((own[at] ?? 0) / 1000).toBeCloseTo(expected ?? Number.NaN, 6);
  }
});

test('brings roles and what is known of a trace along', async () => {
  const log = await approvalLog(marts.warehouse, scope);
  expect(log.roles).toEqual(['role 0', 'role 1', 'role 2']);
  expect(log.resource?.every((code) => code === -1)).toBe(true);
  expect(processFigures(log).cases).toBe(17);
  expect(casesWhere(log, { numbers: { amount_base: { from: 0, to: 1e9 } } })).toHaveLength(17);
});

test('a scope without traces is a log without events', async () => {
  const log = await approvalLog(marts.warehouse, { ...scope, company_keys: [] });
  expect(processFigures(log)).toMatchObject({ events: 0, cases: 0, dfg: [] });
});
