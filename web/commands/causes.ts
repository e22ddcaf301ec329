import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { officeHours } from '#analytics/process/calendar.ts';
import { splitWaits, waitCauses, type WaitCause } from '#analytics/process/causes.ts';
import { causesOfWaiting, type CausesOfWaiting } from '#analytics/process/edge-causes.ts';
import { encodeLog } from '#analytics/process/log/encode.ts';
import { readEventLog } from '#ingest/event-logs/read-event-log.ts';
import { logMapping, logOptions } from '../log-options.ts';

export const summary = 'Print why the cases of an event log wait.';
export const usage = `npx quittance causes LOG [--json] [--zone ZONE] [--country COUNTRY]
  [--case COLUMN] [--activity COLUMN] [--timestamp COLUMN] [--resource COLUMN] ... as in process-map

Splits the wait of each edge into rework, batch (a payment run or work done together), queue behind the
same person's earlier work, prioritisation of later work, outside working hours, and rest. --zone is an
IANA zone (default UTC), --country an ISO 3166 country whose public holidays are no working days;
working hours are Monday to Friday, 9 to 17.`;

const edgesShown = 20;

export async function run(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      zone: { type: 'string', default: 'UTC' },
      country: { type: 'string' },
      ...logOptions,
    },
  });
  const [path] = positionals;
  if (path === undefined || positionals.length > 1)
    throw new Error(`expected one event log, got ${positionals.length}\n\n${usage}`);
  const { zone, country, json, ...columns } = values;
  const log = encodeLog(await readEventLog(resolve(path), logMapping(columns)));
  const standard = officeHours(zone, country === undefined ? null : { country });
  const split = splitWaits(log, { calendars: { standard } });
  const causes = causesOfWaiting(log, split);
  const timetables = split.timetables.map(({ runs, ...rest }) => ({ ...rest, runs: runs.length }));
  if (json) console.log(JSON.stringify({ ...causes, timetables }, null, 1));
  else console.log(table(causes));
}

function table(causes: CausesOfWaiting): string {
  const shares = (parts: Readonly<Record<WaitCause, number>>, wait: number) =>
    waitCauses
      .filter((cause) => parts[cause] > 0)
      .map((cause) => `${cause} ${((100 * parts[cause]) / wait).toFixed(1)} %`)
      .join(', ');
  const days = (wait: number) => `${(wait / 86_400_000).toFixed(1)} d`;
  const persons = causes.is_person_known
    ? []
    : [`queue and prioritisation are not assessable: ${causes.person_reason}`];
  return [
    `All waiting: ${days(causes.wait_ms)} of calendar time: ${shares(causes.parts_ms, causes.wait_ms)}`,
    ...persons,
    '',
    ...causes.edges
      .slice(0, edgesShown)
      .map(
        ({ from, to, count, wait_ms, parts_ms }) =>
          `${from} > ${to} (${count}): ${days(wait_ms)}: ${shares(parts_ms, wait_ms)}`,
      ),
  ].join('\n');
}
