/**
 * The process map of real approval logs against PM4Py's answer on the same files
 * (BPI Challenge 2020 and 2019, see ../shared/data/MANIFEST.md); needs that folder.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { processMap, type ProcessMap } from '#analytics/process/map.ts';
import { runWaiting } from '#analytics/process/runs.ts';
import { stepTable } from '#analytics/process/steps.ts';
import { processVariants } from '#analytics/process/variants.ts';
import { SmallMarts } from '../small-marts.ts';

const data = fileURLToPath(new URL('../../../../shared/data/process/', import.meta.url));
const isPresent = existsSync(`${data}oracle`);
if (!isPresent)
  console.info('process oracle: ../shared/data/process is absent, comparison left out');

interface OracleEdge {
  from: string;
  to: string;
  count: number;
  mean: number;
  median: number;
  min: number;
  max: number;
  sum: number;
  stdev: number | null;
}
interface Oracle {
  events: number;
  cases: number;
  activities: number;
  dfg: OracleEdge[];
  variants: number;
  top_variants: { n: number; acts: string[] }[];
  start: Record<string, number>;
  end: Record<string, number>;
}

const logs = ['RequestForPayment', 'DomesticDeclarations', 'BPI_Challenge_2019-3-w-after'] as const;

describe.runIf(isPresent).each(logs)('%s', (log) => {
  let marts: SmallMarts;
  let map: ProcessMap;
  const oracle = isPresent
    ? (JSON.parse(readFileSync(`${data}oracle/${log}.json`, 'utf8')) as Oracle)
    : undefined;
  const scope = { process: 'approval', company_keys: null, from: null, to: null };

  beforeAll(async () => {
    marts = await SmallMarts.open();
    await marts.connection.run(eventsSql(`${data}parquet/${log}.parquet`));
    await marts.derive('approval_');
    map = await processMap(marts.warehouse, { scope });
  });
  afterAll(() => marts.close());

  test('has the same events, traces, activities and ends', () => {
    expect(map.traces).toBe(oracle?.cases);
    expect(map.events).toBe(oracle?.events);
    expect(map.activities).toHaveLength(oracle?.activities ?? -1);
    expect(Object.fromEntries(map.start.map(({ name, count }) => [name, count]))).toEqual(
      oracle?.start,
    );
    expect(Object.fromEntries(map.end.map(({ name, count }) => [name, count]))).toEqual(
      oracle?.end,
    );
  });

  test('has the same edges: counts exactly, seconds to 1e-9', () => {
    const ours = new Map(map.edges.map((edge) => [`${edge.from}|${edge.to}`, edge]));
    expect(ours.size).toBe(oracle?.dfg.length);
    for (const edge of oracle?.dfg ?? []) {
      const own = ours.get(`${edge.from}|${edge.to}`);
      expect(own?.count, `${edge.from} -> ${edge.to}`).toBe(edge.count);
      for (const name of ['mean', 'median', 'min', 'max', 'sum'] as const)
        expect(
          relative(own?.[name], edge[name]),
          `${name} of ${edge.from} -> ${edge.to}`,
        ).toBeLessThan(1e-9);
      if (edge.count === 1) expect(own?.stdev).toBeNull();
      else expect(relative(own?.stdev, edge.stdev)).toBeLessThan(1e-9);
    }
  });

  test('has the same variants', async () => {
    const { variants, variant_count, trace_count } = await processVariants(
      marts.warehouse,
      scope,
      5,
    );
    expect(variant_count).toBe(oracle?.variants);
    expect(trace_count).toBe(oracle?.cases);
    const [first] = oracle?.top_variants ?? [];
    expect(variants[0]?.traces).toBe(first?.n);
    expect(variants[0]?.activities).toEqual(first?.acts);
  });

  test('the step table holds every event and all waiting once', async () => {
    const steps = await stepTable(marts.warehouse, scope);
    expect(steps.reduce((sum, { events }) => sum + events, 0)).toBe(oracle?.events);
    const waited = steps.reduce((sum, step) => sum + step.total_wait_seconds, 0);
    const expected = oracle?.dfg.reduce((sum, edge) => sum + edge.sum, 0) ?? 0;
    expect(relative(waited, expected)).toBeLessThan(1e-9);
  });

  test('finds the payment runs, and none where nothing is paid', async () => {
    const waiting = await runWaiting(marts.warehouse, scope, 'Europe/Amsterdam');
    const slots = waiting.slots.map(({ weekday, hour }) => [weekday, hour]);
    if (log === 'BPI_Challenge_2019-3-w-after') {
      expect(slots).toEqual([]);
      expect(waiting.median_wait_seconds).toBeNull();
      return;
    }
    expect(slots).toEqual([
      [1, 17],
      [4, 17],
    ]);
    expect(waiting.concentration).toBeGreaterThan(0.97);
    const median_days = (waiting.median_wait_seconds ?? 0) / 86_400;
    expect(median_days).toBeCloseTo(log === 'RequestForPayment' ? 3.23 : 3.24, 1);
  });
});

test.runIf(isPresent)('counts the rejections published for the domestic declarations', async () => {
  const marts = await SmallMarts.open();
  await marts.connection.run(eventsSql(`${data}parquet/DomesticDeclarations.parquet`));
  await marts.derive('approval_');
  const steps = await stepTable(marts.warehouse, {
    process: 'approval',
    company_keys: null,
    from: null,
    to: null,
  });
  const rejected = (role: string) => steps.find(({ step }) => step === role)?.rejected;
  expect(rejected('ADMINISTRATION')).toBe(936);
  expect(rejected('BUDGET OWNER')).toBe(57);
  expect(rejected('SUPERVISOR')).toBe(286);
  expect(rejected('PRE_APPROVER')).toBe(86);
  await marts.close();
});

function relative(own: number | null | undefined, expected: number | null): number {
  if (own === null || own === undefined || expected === null) return Infinity;
  return own === expected ? 0 : Math.abs(own - expected) / Math.abs(expected);
}

function eventsSql(path: string): string {
  const roles = path.includes('BPI_Challenge_2019') ? 'null' : `"org:role"`;
  return `insert into approval_event (approval_event_key, approval_event_id, process, trace_id, sequence,
      activity, action, role, occurred_at, time_precision, source, batch_id, source_row, extracted_at)
    select md5("case:concept:name" || '|' || event_index || '|' || row_number() over ())::UUID, event_index,
      'approval', "case:concept:name", event_index::BIGINT, "concept:name",
      case
        when "concept:name" like '%FINAL_APPROVED%' then 'final_approved'
        when "concept:name" like '%APPROVED by%' then 'approved'
        when "concept:name" like '%REJECTED by%' then 'rejected'
        when "concept:name" like '%SUBMITTED by%' then 'submitted'
        when "concept:name" = 'Request Payment' then 'requested_payment'
        when "concept:name" = 'Payment Handled' then 'paid'
        else 'other'
      end,
      ${roles}, "time:timestamp", 'second', 'log', 'batch', row_number() over (), '2020-01-01'
    from '${path}'`;
}
