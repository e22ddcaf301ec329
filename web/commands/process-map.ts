import { basename, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { encodeLog } from '#analytics/process/log/encode.ts';
import { processFigures, type ProcessFigures } from '#analytics/process/log/figures.ts';
import { readEventLog } from '#ingest/event-logs/read-event-log.ts';
import { logMapping, logOptions } from '../log-options.ts';

export const summary = 'Print the process map of an event log: XES, CSV, Parquet or OCEL.';
export const usage = `npx quittance process-map LOG [--json]
  [--case COLUMN] [--activity COLUMN] [--timestamp COLUMN] [--start COLUMN]
  [--resource COLUMN] [--role COLUMN] [--lifecycle COLUMN]
  [--life-cycle paired|complete|all] [--date-order day_first|month_first]
  [--zone-offset MINUTES] [--object-type TYPE]

LOG is .xes, .csv, OCEL .json/.jsonocel (each also as .gz), .parquet or OCEL 2.0 .sqlite. Columns not
named are found by common headings. Where a log tells start and completion, waits run from the
completion of one activity to the start of the next; --life-cycle complete leaves starts out.
Durations are seconds of calendar time. A stamp that cannot be (1948, far future) is counted
beside and stays in the figures.`;

export async function run(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false }, ...logOptions },
  });
  const [path] = positionals;
  if (path === undefined || positionals.length > 1)
    throw new Error(`expected one event log, got ${positionals.length}\n\n${usage}`);
  const log = encodeLog(await readEventLog(resolve(path), logMapping(values)));
  const figures = { log: logName(path), ...processFigures(log) };
  if (values.json) process.stdout.write(`${JSON.stringify(figures, null, 1)}\n`);
  else console.log(tables(figures));
}

function logName(path: string): string {
  return basename(path)
    .replace(/\.gz$/, '')
    .replace(/\.(xes|csv|parquet|json|jsonocel|sqlite)$/, '');
}

const edgesShown = 20;

function tables(figures: ProcessFigures & { readonly log: string }): string {
  const { case_duration_s: duration, implausible_stamps } = figures;
  const waits = [...figures.dfg].sort((a, b) => (b.sum ?? 0) - (a.sum ?? 0)).slice(0, edgesShown);
  const leftOut = figures.left_out.map(
    ({ reason, count, first_row, first_text }) =>
      `${count} left out: ${reason} (first: event ${first_row + 1}, "${first_text}")`,
  );
  const implausible =
    implausible_stamps.events === 0
      ? []
      : [
          `${implausible_stamps.events} events in ${implausible_stamps.cases} cases lie outside ${implausible_stamps.plausible_from?.slice(0, 10)} .. ${implausible_stamps.plausible_to?.slice(0, 10)}; they are counted here`,
        ];
  return [
    `${figures.log}: ${figures.cases} cases, ${figures.events} events, ${figures.activities} activities, ${figures.variants} variants`,
    ...leftOut,
    ...implausible,
    '',
    `Case duration: median ${days(duration.median_interp)}, mean ${days(duration.mean)}, P90 ${days(duration.p90)}, P95 ${days(duration.p95)}, longest ${days(duration.max)} (calendar time)`,
    '',
    `Most waiting (${waits.length} of ${figures.dfg.length} edges)`,
    ...aligned([
      ['from', 'to', 'count', 'median', 'mean', 'total'],
      ...waits.map((edge) => [
        edge.from,
        edge.to,
        String(edge.count),
        days(edge.median),
        days(edge.mean),
        days(edge.sum),
      ]),
    ]),
    '',
    'Most frequent variants',
    ...figures.top_variants.map(({ n, acts }) => `  ${String(n).padStart(7)}  ${acts.join(' > ')}`),
    '',
    'Rework (cases with the activity at least twice)',
    ...Object.entries(figures.rework).map(
      ([name, cases]) => `  ${String(cases).padStart(7)}  ${name}`,
    ),
  ].join('\n');
}

function days(seconds: number | null): string {
  return seconds === null ? 'unknown' : `${(seconds / 86_400).toFixed(2)} d`;
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map(
    (row) =>
      '  ' +
      row
        .map((cell, column) =>
          column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  '),
  );
}
