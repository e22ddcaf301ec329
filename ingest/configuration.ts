import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import * as v from 'valibot';

const sourceSchema = v.strictObject({
  name: v.pipe(
    v.string(),
    v.regex(
      /^[a-z][a-z0-9_-]{0,62}$/u,
      'Expected lower-case letters, digits, - and _, beginning with a letter.',
    ),
  ),
  connector: v.pipe(v.string(), v.nonEmpty()),
  settings: v.optional(v.record(v.string(), v.unknown()), {}),
  paths: v.optional(v.array(v.string()), []),
});

const configurationSchema = v.strictObject({
  group_currency: v.optional(
    v.pipe(v.string(), v.regex(/^[A-Z]{3}$/u, 'Expected an ISO 4217 code such as "EUR".')),
    'EUR',
  ),
  sources: v.optional(v.array(sourceSchema), []),
  demo: v.optional(v.boolean()),
  reference_erp: v.optional(v.strictObject({ url: v.pipe(v.string(), v.url()) })),
});

/** A configured source: its name is the namespace of its keys; several connectors may share it. */
export type SourceConfiguration = v.InferOutput<typeof sourceSchema>;

/** What `quittance.json` says. */
export type Configuration = v.InferOutput<typeof configurationSchema>;

/** Path of the configuration of a data folder. */
export function configurationPath(dataFolder: string): string {
  return join(dataFolder, 'quittance.json');
}

/**
 * The configuration of a data folder; undefined when none was written yet.
 *
 * Errors  throws with the field that is wrong, what it should be and the file to correct.
 */
export async function readConfiguration(dataFolder: string): Promise<Configuration | undefined> {
  const path = configurationPath(dataFolder);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const result = v.safeParse(configurationSchema, parseJson(path, text));
  if (!result.success)
    throw new Error(`${path}: ${issuesOf(result.issues)}. Correct it and start again.`);
  const { sources } = result.output;
  return {
    ...result.output,
    sources: sources.map((source) => withAbsolutePaths(dataFolder, source)),
  };
}

/** Writes the configuration as a whole or not at all. */
export async function writeConfiguration(
  dataFolder: string,
  configuration: Configuration,
): Promise<void> {
  const result = v.safeParse(configurationSchema, configuration);
  if (!result.success) throw new Error(`Configuration: ${issuesOf(result.issues)}.`);
  await mkdir(dataFolder, { recursive: true });
  const path = configurationPath(dataFolder);
  const temporary = `${path}.${process.pid}`;
  const file = await open(temporary, 'w');
  try {
    await file.writeFile(`${JSON.stringify(result.output, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(
      `${path}: expected JSON, but ${(cause as Error).message}. Correct it and start again.`,
      { cause },
    );
  }
}

function issuesOf(issues: readonly v.BaseIssue<unknown>[]): string {
  return issues
    .map((issue) => {
      const path = v.getDotPath(issue);
      return path === null ? issue.message : `${path}: ${issue.message}`;
    })
    .join('; ');
}

/** Paths are written relative to the data folder; a mapping file's too. */
function withAbsolutePaths(dataFolder: string, source: SourceConfiguration): SourceConfiguration {
  const { mapping } = source.settings;
  return {
    ...source,
    paths: source.paths.map((path) => (isAbsolute(path) ? path : resolve(dataFolder, path))),
    settings:
      typeof mapping === 'string' && mapping.endsWith('.json')
        ? { ...source.settings, mapping: resolve(dataFolder, mapping) }
        : source.settings,
  };
}
