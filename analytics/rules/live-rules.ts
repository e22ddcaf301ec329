import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import type { Detector } from '../detectors/detector.ts';
import { ruleDetector } from './compile.ts';
import { ruleListSchema } from './lists.ts';
import { ruleSchema } from './rule.ts';

const schema = v.object({
  rules: v.array(v.object({ rule_id: v.string(), version: v.number(), rule: ruleSchema })),
  lists: v.array(ruleListSchema),
  /** Ids of detectors that rest. */
  paused: v.array(v.string()),
});

/** The rules that run beside the built-in detectors, with their lists, and the detectors that rest. */
export type LiveRules = v.InferOutput<typeof schema>;

const fileName = 'rules.json';
const none: LiveRules = { rules: [], lists: [], paused: [] };

/**
 * The rules as people last put them in force: kept beside the raw batches, so that a rebuild runs the
 * same ones as a refresh.
 *
 * Errors  a file that is not what we wrote: says where it is wrong
 */
export async function readLiveRules(dataFolder: string): Promise<LiveRules> {
  const path = join(dataFolder, fileName);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return none;
    throw cause;
  }
  const parsed = v.safeParse(schema, JSON.parse(text));
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new Error(
    `${path}: ${v.getDotPath(issue) ?? 'the file'}: ${issue.message}; it is written from the rules in PostgreSQL, delete it and start again`,
  );
}

/** Keeps the rules for the next refresh; says whether they differ from those kept before. */
export async function writeLiveRules(dataFolder: string, rules: LiveRules): Promise<boolean> {
  const text = `${JSON.stringify(rules, null, 2)}\n`;
  const before = `${JSON.stringify(await readLiveRules(dataFolder), null, 2)}\n`;
  if (text === before) return false;
  const path = join(dataFolder, fileName);
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
  return true;
}

/** The detectors that run: the built-in ones that do not rest, then the rules. */
export function runningDetectors(
  builtIn: readonly Detector[],
  { rules, lists, paused }: LiveRules,
): Detector[] {
  return [
    ...builtIn.filter(({ id }) => !paused.includes(id)),
    ...rules.map((rule) => ruleDetector(rule, lists)),
  ];
}
