/** Public event logs of ../shared/data (see its MANIFEST.md) as columns; tests skip where the folder is absent. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import type { CodedColumn } from '#ingest/event-logs/event-columns.ts';
import { encodeLog } from '#analytics/process/log/encode.ts';
import type { EventLog } from '#analytics/process/log/event-log.ts';

export const publicData = fileURLToPath(new URL('../../../../shared/data/', import.meta.url));
export const hasPublicData = existsSync(`${publicData}process/parquet`);
if (!hasPublicData) console.info('public logs: ../shared/data is absent, comparison left out');

export type PublicLog =
  'RequestForPayment' | 'DomesticDeclarations' | 'BPI_Challenge_2019-3-w-after';

const amountColumns: Readonly<Record<PublicLog, string | null>> = {
  RequestForPayment: '(case)_RequestedAmount',
  DomesticDeclarations: '(case)_Amount',
  'BPI_Challenge_2019-3-w-after': null,
};

/** One of the logs kept as Parquet. */
export async function publicLog(name: PublicLog): Promise<EventLog> {
  const connection = await (await DuckDBInstance.create()).connect();
  const amount = amountColumns[name];
  const role = name.startsWith('BPI') ? 'null' : '"org:role"';
  const reader = await connection.runAndReadAll(
    `select "case:concept:name" as case_name, "concept:name" as activity, "org:resource" as resource,
      ${role} as role, ${amount === null ? 'null' : `"${amount}"`} as amount,
      epoch_us("time:timestamp") / 1000.0 as time_ms
    from '${publicData}process/parquet/${name}.parquet' order by event_index`,
  );
  const rows = reader.getColumnsObject();
  const texts = (column: string) => (rows[column] ?? []).map(textOrNull);
  connection.closeSync();
  return logOf({
    cases: texts('case_name'),
    activities: texts('activity'),
    resources: texts('resource'),
    roles: texts('role'),
    amounts: texts('amount'),
    times: (rows['time_ms'] ?? []).map(Number),
  });
}

/** Travel declarations filtered from BPI Challenge 2020: 4,476 cases, with their adjusted amount. */
export function travelDeclarations(): EventLog {
  const path = `${publicData}domain/bpic2020_subset/Part_2_-_Final_Result_after_Filtering_and_Renaming.xes.gz`;
  const found = {
    cases: [] as string[],
    activities: [] as string[],
    resources: [] as string[],
    roles: [] as string[],
    amounts: [] as string[],
    times: [] as number[],
  };
  const valueOf = (text: string, key: string) =>
    new RegExp(`key="${key}" value="([^"]*)"`).exec(text)?.[1] ?? '';
  for (const trace of gunzipSync(readFileSync(path)).toString('utf8').split('<trace>').slice(1)) {
    const [head = '', ...events] = trace.split('<event>');
    for (const event of events) {
      found.cases.push(valueOf(head, 'concept:name'));
      found.amounts.push(valueOf(head, 'RequestedAmount'));
      found.activities.push(valueOf(event, 'concept:name'));
      found.resources.push(valueOf(event, 'org:resource'));
      found.roles.push(valueOf(event, 'org:role'));
      found.times.push(Date.parse(valueOf(event, 'time:timestamp')));
    }
  }
  return logOf(found);
}

/** A log from lists, one entry per event in the order of the file. */
export function logOf(given: {
  readonly cases: readonly (string | null)[];
  readonly activities: readonly (string | null)[];
  readonly times: readonly number[];
  readonly starts?: readonly number[];
  readonly resources?: readonly (string | null)[];
  readonly roles?: readonly (string | null)[];
  readonly amounts?: readonly (string | null)[];
}): EventLog {
  const blank = given.times.map(() => null);
  return encodeLog({
    event_count: given.times.length,
    source_row: Int32Array.from(given.times, (_, index) => index),
    case: coded(given.cases),
    activity: coded(given.activities),
    complete_ms: Float64Array.from(given.times),
    start_ms: given.starts === undefined ? null : Float64Array.from(given.starts),
    resource: coded(given.resources ?? blank),
    role: coded(given.roles ?? blank),
    attributes: { amount: coded(given.amounts ?? blank) },
    left_out: [],
  });
}

function coded(values: readonly (string | null)[]): CodedColumn {
  const codes = new Map<string, number>();
  const code = Int32Array.from(values, (value) => {
    if (value === null || value === '') return -1;
    const known = codes.get(value) ?? codes.size;
    codes.set(value, known);
    return known;
  });
  return { names: [...codes.keys()], code };
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
