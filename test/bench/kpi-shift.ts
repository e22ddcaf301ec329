import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { seasonalResiduals } from '#analytics/statistics/seasonal-residual.ts';
import type { BenchRow } from './bench.ts';
import { nabScore, normalScore, type LabelledWindow } from './nab-score.ts';

const folder = fileURLToPath(new URL('../../../shared/data/anomaly/nab', import.meta.url));
const names = [
  'ambient_temperature_system_failure',
  'cpu_utilization_asg_misconfiguration',
  'ec2_request_latency_system_failure',
  'machine_temperature_system_failure',
  'nyc_taxi',
  'rogue_agent_key_hold',
  'rogue_agent_key_updown',
].map((name) => `realKnownCause/${name}.csv`);

interface Series {
  readonly season: number;
  readonly deviations: readonly number[];
  readonly windows: readonly LabelledWindow[];
}

/** The watch over KPI series, on public series with labelled failures. */
export function run(): Promise<BenchRow[]> {
  if (!existsSync(folder))
    return Promise.resolve([{ what: 'NAB series', measured: 'absent: skipped' }]);
  const started = performance.now();
  const series = names.map(read);
  const seconds = (performance.now() - started) / 1_000;
  const windows = series.reduce((sum, one) => sum + one.windows.length, 0);
  const count = series.reduce((sum, one) => sum + one.deviations.length, 0);
  const scored = (limit: number): number =>
    normalScore(
      series.reduce((sum, { deviations, season, windows: labelled }) => {
        return sum + nabScore(alarms(deviations, season, limit), labelled, deviations.length);
      }, 0),
      windows,
    );
  const limits = Array.from({ length: 80 }, (_, place) => 2 * 1.08 ** place);
  const best = limits.reduce((top, limit) => (scored(limit) > scored(top) ? limit : top));
  return Promise.resolve([
    {
      what: `NAB score, 7 series, ${windows} windows, best limit ${best.toFixed(1)}`,
      measured: scored(best).toFixed(1),
    },
    { what: 'NAB score at the limit of the watch (4)', measured: scored(4).toFixed(1) },
    { what: `values judged per second (${count})`, measured: (count / seconds).toFixed(0) },
  ]);
}

/** Places of alarms: a season after an alarm the watch is silent, as a person has just been told. */
function alarms(deviations: readonly number[], season: number, limit: number): readonly number[] {
  const found: number[] = [];
  for (const [place, deviation] of deviations.entries())
    if (deviation >= limit && place - (found.at(-1) ?? -Infinity) >= season) found.push(place);
  return found;
}

function read(name: string): Series {
  const lines = readFileSync(join(folder, 'data', name), 'utf8')
    .trim()
    .split(/\r?\n/)
    .slice(1);
  const times = lines.map((line) => Date.parse(`${line.split(',')[0] ?? ''}Z`));
  const step = [...times.slice(1).map((time, place) => time - (times[place] ?? 0))].sort(
    (a, b) => a - b,
  )[times.length >> 1];
  const season = Math.max(1, Math.round(86_400_000 / (step ?? 86_400_000)));
  const found = seasonalResiduals(
    lines.map((line) => Number(line.split(',')[1])),
    { season, seasons: 7 },
  );
  const labels = JSON.parse(
    readFileSync(join(folder, 'labels/combined_windows.json'), 'utf8'),
  ) as Record<string, [string, string][]>;
  const at = (time: string): number => Date.parse(`${time.slice(0, 19).replace(' ', 'T')}Z`);
  return {
    season,
    deviations: found.map((one) => Math.abs(one?.deviation ?? 0)),
    windows: (labels[name] ?? []).map(([from, to]) => ({
      first: times.findIndex((time) => time >= at(from)),
      last: times.findLastIndex((time) => time <= at(to)),
    })),
  };
}
