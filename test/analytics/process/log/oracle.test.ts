/**
 * The command's figures of real logs against PM4Py's answer on the same files (BPI Challenge 2020
 * and 2019, see ../shared/data/MANIFEST.md), from XES, CSV and Parquet; needs that folder.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { encodeLog } from '#analytics/process/log/encode.ts';
import { processFigures, type ProcessFigures } from '#analytics/process/log/figures.ts';
import { readEventLog } from '#ingest/event-logs/read-event-log.ts';

const data = fileURLToPath(new URL('../../../../../shared/data/process/', import.meta.url));
const isPresent = existsSync(`${data}oracle`);
if (!isPresent)
  console.info('process oracle: ../shared/data/process is absent, comparison left out');

type Oracle = Omit<
  ProcessFigures,
  'case_overlap_mean' | 'implausible_stamps' | 'left_out' | 'case_duration_s'
> & { readonly case_duration_s: Readonly<Record<string, number>> };

const files = [
  ['bpic2020/RequestForPayment.xes.gz', 'RequestForPayment'],
  ['parquet/RequestForPayment.parquet', 'RequestForPayment'],
  ['bpic2020/DomesticDeclarations.xes.gz', 'DomesticDeclarations'],
  ['parquet/DomesticDeclarations.parquet', 'DomesticDeclarations'],
  ['bpic2019/BPI_Challenge_2019-3-w-after.xes.gz', 'BPI_Challenge_2019-3-w-after'],
  ['parquet/BPI_Challenge_2019-3-w-after.parquet', 'BPI_Challenge_2019-3-w-after'],
  ['small/running-example.xes', 'running-example'],
  ['small/running-example.csv', 'running-example'],
] as const;

describe.runIf(isPresent).each(files)('%s', (file, name) => {
  let own: ProcessFigures;
  let oracle: Oracle;

  beforeAll(async () => {
    oracle = JSON.parse(readFileSync(`${data}oracle/${name}.json`, 'utf8')) as Oracle;
    own = processFigures(encodeLog(await readEventLog(`${data}${file}`)));
  });

  test('has the same counts', () => {
    for (const count of ['events', 'cases', 'activities', 'variants'] as const)
      expect(own[count], count).toBe(oracle[count]);
    for (const map of ['start', 'end', 'rework'] as const)
      expect(own[map], map).toEqual(oracle[map]);
    expect(own.left_out).toEqual([]);
  });

  test('has the same edges: counts exactly, seconds to 1e-9', () => {
    expect(own.dfg.map(({ from, to, count }) => [from, to, count])).toEqual(
      oracle.dfg.map(({ from, to, count }) => [from, to, count]),
    );
    for (const [at, edge] of oracle.dfg.entries())
      for (const field of ['mean', 'median', 'max', 'min', 'sum', 'stdev'] as const)
        expectClose(own.dfg[at]?.[field], edge[field], `${field} of ${edge.from} -> ${edge.to}`);
  });

  test('has the same most frequent variants in the same order', () => {
    expect(own.top_variants).toEqual(oracle.top_variants);
  });

  test('has the same case durations and arrivals', () => {
    for (const [field, value] of Object.entries(oracle.case_duration_s))
      if (field !== 'pm4py_median_upper')
        expectClose(
          own.case_duration_s[field as keyof ProcessFigures['case_duration_s']],
          value,
          field,
        );
    expectClose(own.case_arrival_avg, oracle.case_arrival_avg, 'case_arrival_avg');
  });

  test('has the same temporal profile', () => {
    if (oracle.temporal_profile === undefined) {
      expect(own.temporal_profile?.length).toBeGreaterThan(300);
      return;
    }
    expect(own.temporal_profile?.map(({ from, to }) => [from, to])).toEqual(
      oracle.temporal_profile.map(({ from, to }) => [from, to]),
    );
    for (const [at, { from, to, mean, std }] of oracle.temporal_profile.entries()) {
      expectClose(own.temporal_profile?.[at]?.mean, mean, `mean of ${from} .. ${to}`);
      expectClose(own.temporal_profile?.[at]?.std, std, `std of ${from} .. ${to}`);
    }
  });

  test('has the same handovers between roles', () => {
    expect(own.handover_role?.map(([from, to]) => [from, to])).toEqual(
      oracle.handover_role?.map(([from, to]) => [from, to]),
    );
    for (const [at, [from, to, share]] of (oracle.handover_role ?? []).entries())
      expectClose(own.handover_role?.[at]?.[2], share, `${from} -> ${to}`);
  });
});

test.runIf(isPresent)(
  'counts the stamps of 2001 and 2020 beside, without taking them out',
  async () => {
    const file = 'parquet/BPI_Challenge_2019-3-w-after.parquet';
    const { implausible_stamps } = processFigures(encodeLog(await readEventLog(`${data}${file}`)));
    expect(implausible_stamps.events).toBeGreaterThan(0);
    expect(implausible_stamps.cases).toBeLessThanOrEqual(53);
    expect(implausible_stamps.earliest).toMatch(/^2001/);
    expect(implausible_stamps.latest).toMatch(/^2020-04/);
  },
);

function expectClose(own: number | null | undefined, expected: number | null, what: string): void {
  if (expected === null) {
    expect(own, what).toBeNull();
    return;
  }
  const difference = Math.abs((own ?? Number.NaN) - expected);
  expect(
    difference === 0 || difference / Math.abs(expected) < 1e-9,
    `${what}: ${own} for ${expected}`,
  ).toBe(true);
}
