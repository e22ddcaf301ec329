import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { openWarehouse } from '#analytics/warehouse.ts';
import {
  configurationPath,
  readConfiguration,
  writeConfiguration,
  type Configuration,
  type SourceConfiguration,
} from '#ingest/configuration.ts';
import { connectorNamed } from '#ingest/connectors.ts';
import { landFiles, type LandReport } from '#ingest/land.ts';
import { startProgress } from '../start/progress.ts';
import { readSecret } from '../src/lib/server/secret.ts';

export const summary = 'Load files of an ERP, a bank or a payment platform.';
export const usage = `npx quittance ingest --source NAME [PATH …] [options]
npx quittance ingest --connector NAME [--as SOURCE] [--mapping M] [--set KEY=VALUE …] PATH … [options]

  --source NAME       a source of quittance.json; without PATH its configured files
  --connector NAME    files, sap-tables, camt053 or payment-platform; the source is added to quittance.json
  --as SOURCE         name of that source (default: the connector's name); sources of one name share their keys
  --mapping M         for files: council-spending, event-log, demo-company, or a JSON file
  --set KEY=VALUE     a setting of the connector or a parameter of the mapping; may be repeated
  --as-of TIME        when the data was extracted, ISO 8601 in UTC (default: now)
  --data DIR          data folder (default: QUITTANCE_DATA or ./data)

Landing the same files again changes nothing. The exit code is 1 when a file was refused or held.`;

export async function run(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      source: { type: 'string' },
      connector: { type: 'string' },
      as: { type: 'string' },
      mapping: { type: 'string' },
      set: { type: 'string', multiple: true, default: [] },
      'as-of': { type: 'string' },
      data: { type: 'string' },
    },
  });
  const dataFolder = resolve(values.data ?? process.env['QUITTANCE_DATA'] ?? 'data');
  const configuration = (await readConfiguration(dataFolder)) ?? {
    group_currency: 'EUR',
    sources: [],
  };
  const source =
    values.source === undefined
      ? newSource(values, configuration)
      : knownSource(configuration, dataFolder, {
          name: values.source,
          connector: values.connector,
        });
  const paths = positionals.length > 0 ? positionals.map((path) => resolve(path)) : source.paths;
  if (paths.length === 0) throw new Error(`Name the files to load.\n\n${usage}`);

  const progress = startProgress();
  let reports: LandReport[];
  try {
    reports = await landFiles({
      dataFolder,
      source,
      paths,
      extractedAt: asOf(values['as-of']),
      onProgress: ({ step, count }) => progress.report(`${source.name}: ${step}`, count),
    });
  } finally {
    progress.end();
  }
  if (values.source === undefined && reports.some(({ outcome }) => outcome !== 'refused'))
    await writeConfiguration(dataFolder, withSource(configuration, source));
  const taken = await refresh(dataFolder, configuration.group_currency);
  for (const line of describe(reports, taken)) console.log(line);
  if (reports.some(({ outcome }) => outcome === 'refused' || outcome === 'held'))
    process.exitCode = 1;
}

/** A row of the warehouse's own count of what became of a stream. */
interface LoadCount {
  readonly batch_id: string;
  readonly stream: string;
  readonly loaded: number;
  readonly rejected: number;
  readonly ignored: number;
}

/** A rejected row, as text for people. */
interface Reject {
  readonly batch_id: string;
  readonly stream: string;
  readonly why: string;
}

/** What the warehouse made of the batches. */
interface Taken {
  readonly counts: readonly LoadCount[];
  /** The first rejected rows of each stream. */
  readonly rejects: readonly Reject[];
}

/** Rejected rows named per stream; all of them are on the Data screen. */
const rejectsNamed = 3;

function newSource(
  values: {
    connector?: string | undefined;
    as?: string | undefined;
    mapping?: string | undefined;
    set: string[];
  },
  configuration: Configuration,
): SourceConfiguration {
  if (values.connector === undefined) throw new Error(`Name --source or --connector.\n\n${usage}`);
  const connector = connectorNamed(values.connector).name;
  const name = values.as ?? connector;
  const known = configuration.sources.find(
    (one) => one.name === name && one.connector === connector,
  );
  return {
    name,
    connector,
    settings: { ...known?.settings, ...settingsOf(connector, values) },
    paths: known?.paths ?? [],
  };
}

function knownSource(
  { sources }: Configuration,
  dataFolder: string,
  { name, connector }: { name: string; connector: string | undefined },
): SourceConfiguration {
  const named = sources.filter(
    (one) => one.name === name && (connector ?? one.connector) === one.connector,
  );
  const [only] = named;
  if (named.length === 1 && only) return only;
  if (named.length > 1)
    throw new Error(
      `Source "${name}" is read by ${named.map((one) => one.connector).join(', ')}; say which with --connector.`,
    );
  const names = [...new Set(sources.map((one) => one.name))].join(', ');
  throw new Error(
    `${configurationPath(dataFolder)} has no source "${name}"${names === '' ? '' : `; it has ${names}`}. Add it with --connector.`,
  );
}

/** Settings of the connector itself; for `files`, every other key is a parameter of the mapping. */
const filesSettings = new Set([
  'mapping',
  'time_zone',
  'encoding',
  'final_line_break',
  'parameters',
]);

function settingsOf(
  connector: string,
  { mapping, set }: { mapping?: string | undefined; set: readonly string[] },
): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  const parameters: Record<string, unknown> = {};
  if (mapping !== undefined)
    settings['mapping'] = mapping.endsWith('.json') ? resolve(mapping) : mapping;
  for (const pair of set) {
    const [key = '', ...rest] = pair.split('=');
    if (key === '' || rest.length === 0) throw new Error(`--set ${pair}: expected KEY=VALUE.`);
    const value = rest.join('=');
    if (connector === 'files' && !filesSettings.has(key)) parameters[key] = value;
    else settings[key] = /^[[{]/u.test(value) ? JSON.parse(value) : value;
  }
  if (Object.keys(parameters).length > 0) settings['parameters'] = parameters;
  return settings;
}

function asOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const time = new Date(text);
  if (Number.isNaN(time.getTime()))
    throw new Error(`--as-of ${text}: expected a time such as 2026-11-19T13:12:00Z.`);
  return time.toISOString();
}

function withSource(configuration: Configuration, source: SourceConfiguration): Configuration {
  const others = configuration.sources.filter(
    (one) => one.name !== source.name || one.connector !== source.connector,
  );
  return { ...configuration, sources: [...others, source] };
}

/** Brings the warehouse up to date; undefined when a running Quittance holds it and does so itself. */
async function refresh(dataFolder: string, groupCurrency: string): Promise<Taken | undefined> {
  const progress = startProgress();
  try {
    const warehouse = await openWarehouse({
      dataFolder,
      accountSecret: await readSecret(dataFolder),
      groupCurrency,
    });
    try {
      await warehouse.refresh({
        onProgress: (step, count) =>
          progress.report(
            `warehouse: ${step.replace(/^(model|detector|check) .*/u, '$1s')}`,
            count,
          ),
      });
      const rows = await warehouse.rows(
        'select batch_id, stream, loaded, rejected, ignored from load_count order by batch_id, stream',
      );
      const rejects = await warehouse.rows(
        `select batch_id, stream, 'row ' || source_row || ': ' || coalesce(column_name || ' ', '') || code
           || coalesce(' "' || value || '"', '') as why
         from rejected
         qualify row_number() over (partition by batch_id, stream order by source_row, rejected_key) <= $named
         order by batch_id, stream, source_row, rejected_key limit 1000`,
        { named: rejectsNamed },
      );
      return {
        counts: rows.map((row) => ({
          batch_id: String(row['batch_id']),
          stream: String(row['stream']),
          loaded: Number(row['loaded']),
          rejected: Number(row['rejected']),
          ignored: Number(row['ignored']),
        })),
        rejects: rejects.map((row) => ({
          batch_id: String(row['batch_id']),
          stream: String(row['stream']),
          why: String(row['why']),
        })),
      };
    } finally {
      await warehouse.close();
    }
  } catch (error) {
    if (error instanceof Error && error.message.includes('open in another process'))
      return undefined;
    throw error;
  } finally {
    progress.end();
  }
}

/** One line per file and stream, then what needs a person. */
function describe(reports: readonly LandReport[], taken: Taken | undefined): string[] {
  const table = [['file', 'stream', 'records', 'loaded', 'rejected', 'ignored', '']];
  const notes: string[] = [];
  for (const report of reports) {
    const [only = ''] = report.files;
    const files = report.files.length === 1 ? only : `${report.files.length} files`;
    if (report.outcome === 'refused') {
      notes.push(`refused  ${report.why}`);
      continue;
    }
    const { manifest } = report;
    if (report.outcome === 'held' || manifest.status === 'held')
      notes.push(
        `held     ${files}: ${manifest.held_because ?? 'a control total differs'}. Ask the sender for a corrected file.`,
      );
    for (const warning of manifest.warnings) notes.push(`note     ${warning}`);
    for (const [stream, records] of Object.entries(manifest.physical_records)) {
      if (records === 0) continue;
      const isThis = (one: { batch_id: string; stream: string }): boolean =>
        one.batch_id === manifest.batch_id && one.stream === stream;
      const counts = taken?.counts.find(isThis);
      for (const { why } of taken?.rejects.filter(isThis) ?? [])
        notes.push(`rejected ${files}, ${why}`);
      if (counts !== undefined && counts.rejected > rejectsNamed)
        notes.push(`rejected ${files}: ${counts.rejected} rows in all; see Data, Rejected`);
      const shown = counts
        ? [counts.loaded, counts.rejected, counts.ignored]
        : ['', manifest.rejected[stream] ?? 0, ''];
      table.push([
        files,
        stream,
        ...[records, ...shown].map(String),
        report.outcome === 'unchanged' ? 'already loaded' : report.outcome,
      ]);
    }
  }
  if (taken === undefined)
    notes.push(
      'The files are landed. Quittance is running on this data folder and takes them in with its next refresh.',
    );
  return [...(table.length > 1 ? aligned(table) : []), ...notes];
}

function aligned(table: readonly (readonly string[])[]): string[] {
  const widths = (table[0] ?? []).map((_, at) =>
    Math.max(...table.map((row) => row[at]?.length ?? 0)),
  );
  return table.map((row) =>
    row
      .map((cell, at) =>
        at >= 2 && at <= 5 ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}
