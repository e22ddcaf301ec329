import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import * as v from 'valibot';
import { SourceFileError, type Connector } from '../../connector.ts';
import { recordNames } from '../../records.ts';
import { columnsNeeded, compileMapping } from './compile.ts';
import { filesMappingSchema, type FilesMapping } from './mapping.ts';
import { builtInMapping } from './mappings.ts';

const settingsSchema = v.pipe(
  v.strictObject({
    /** A built-in mapping's name, the path of a JSON file, or the mapping itself. */
    mapping: v.union(
      [v.pipe(v.string(), v.nonEmpty()), v.record(v.string(), v.unknown())],
      'Name a built-in mapping, a JSON file that ends in .json, or give the mapping itself.',
    ),
    /** What a built-in mapping asks for, e.g. the column names of an event log. */
    parameters: v.optional(v.record(v.string(), v.string())),
    time_zone: v.optional(
      v.pipe(v.string(), v.check(isTimeZone, 'Use an IANA time zone such as "Europe/Berlin".')),
    ),
    encoding: v.optional(v.string()),
    final_line_break: v.optional(v.picklist(['required', 'optional'])),
  }),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const { mapping, parameters, ...rest } = dataset.value;
    try {
      return { ...rest, mapping: resolveMapping(mapping, parameters ?? {}) };
    } catch (error) {
      addIssue({ message: (error as Error).message });
      return NEVER;
    }
  }),
);

/** Settings of a `files` source once read: the mapping is always there in full. */
export type FilesSettings = v.InferOutput<typeof settingsSchema>;

/** CSV and Parquet files of any layout, described by a mapping. */
export const files: Connector<FilesSettings> = {
  name: 'files',
  brings: recordNames,
  settings: settingsSchema as v.GenericSchema<unknown, FilesSettings>,
  deliveries(paths, { mapping }) {
    for (const path of paths) streamOf(path, mapping);
    return paths.map((path) => [path]);
  },
  async extract({ settings, paths }, landing) {
    for (const path of paths) {
      const [stream, layout] = streamOf(path, settings.mapping);
      const columns = columnsNeeded(layout);
      if (path.toLowerCase().endsWith('.parquet')) await landing.parquet(stream, path, columns);
      else {
        const encoding = layout.encoding ?? settings.encoding;
        await landing.csv(stream, path, {
          ...columns,
          ...(layout.delimiter === undefined ? {} : { delimiter: layout.delimiter }),
          ...(encoding === undefined ? {} : { encoding }),
          finalLineBreak: settings.final_line_break ?? 'required',
        });
      }
    }
  },
  staging: ({ mapping, time_zone }) => compileMapping(mapping, { timeZone: time_zone ?? 'UTC' }),
};

function resolveMapping(
  mapping: string | Record<string, unknown>,
  parameters: Readonly<Record<string, string>>,
): FilesMapping {
  const value =
    typeof mapping !== 'string'
      ? mapping
      : mapping.toLowerCase().endsWith('.json')
        ? readMapping(mapping)
        : builtInMapping(mapping, parameters);
  const result = v.safeParse(filesMappingSchema, value);
  if (result.success) return result.output;
  const issues = result.issues.map(
    (issue) => `${v.getDotPath(issue) ?? 'mapping'}: ${issue.message}`,
  );
  throw new Error(`The mapping does not fit: ${issues.join(' ')}`);
}

function readMapping(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new Error(`${path}: expected a mapping as JSON, but ${(cause as Error).message}.`, {
      cause,
    });
  }
}

/** The first stream whose pattern the file's name fits. */
function streamOf(path: string, mapping: FilesMapping): [string, FilesMapping[string]] {
  const name = basename(path);
  const found = Object.entries(mapping).find(([, { match }]) => fits(name, match));
  if (found) return found;
  const patterns = Object.values(mapping).map(({ match }) => `"${match}"`);
  throw new SourceFileError(
    `${name}: expected a file named like ${patterns.join(', ')}. Rename it, or add a stream for it to the mapping of this source.`,
  );
}

function fits(name: string, pattern: string): boolean {
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/gu, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`, 'iu').test(name);
}

function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
