import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { encodeLog } from '#analytics/process/log/encode.ts';
import {
  needlessSteps,
  stepAssumptions,
  type StepJudgement,
} from '#analytics/process/needless-steps.ts';
import { readEventLog } from '#ingest/event-logs/read-event-log.ts';
import { logMapping, logOptions } from '../log-options.ts';

export const summary = 'Print what an event log says about steps that could be lighter.';
export const usage = `npx quittance needless-steps LOG [--json] [--amount COLUMN] [--keep STEP ...]
  [--case COLUMN] [--activity COLUMN] [--timestamp COLUMN] [--role COLUMN] ... as in process-map

Per approval step: decisions, rejections with a 95 % Wilson interval, the Clopper-Pearson upper bound,
waiting, and the next rung of parallel, threshold, notify, sample, remove. --amount names the case
attribute with the amount (without one, no rung that drops decisions opens); --keep names controls
that must stay.`;

export async function run(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      amount: { type: 'string' },
      keep: { type: 'string', multiple: true, default: [] },
      ...logOptions,
    },
  });
  const [path] = positionals;
  if (path === undefined || positionals.length > 1)
    throw new Error(`expected one event log, got ${positionals.length}\n\n${usage}`);
  const { amount, keep, json, ...columns } = values;
  const attributes = amount === undefined ? {} : { attributes: [amount] };
  const log = encodeLog(
    await readEventLog(resolve(path), { ...logMapping(columns), ...attributes }),
  );
  if (amount !== undefined && log.case_attributes[amount] === undefined)
    throw new Error(`expected a case attribute "${amount}" in the log, got none of that name`);
  const steps = needlessSteps(log, {
    hard_controls: keep,
    ...(amount === undefined ? {} : { amount_attribute: amount }),
  });
  if (json) console.log(JSON.stringify({ assumptions: stepAssumptions, steps }, null, 1));
  else console.log(steps.map(lines).join('\n\n') || 'The log has no approval steps.');
}

function lines({ evidence, next, rungs, warnings }: StepJudgement): string {
  const percent = (rate: number) => `${(rate * 100).toFixed(2)} %`;
  const hours = (seconds: number | null) =>
    seconds === null ? 'unknown' : `${(seconds / 3_600).toFixed(1)} h`;
  return [
    `${evidence.step}: ${evidence.rejected} of ${evidence.decisions} rejected = ${percent(evidence.rejected_rate)} (${percent(evidence.low)} to ${percent(evidence.high)}), at most ${percent(evidence.upper_bound)}`,
    `  wait: median ${hours(evidence.median_wait_seconds)}, P90 ${hours(evidence.p90_wait_seconds)} (calendar time)`,
    `  next: ${next}`,
    `  rungs: ${rungs.map(({ rung, bar }) => (bar === null ? rung : `${rung} (${bar})`)).join(', ')}`,
    `  warnings: ${warnings.map(({ kind }) => kind).join(', ')}`,
  ].join('\n');
}
