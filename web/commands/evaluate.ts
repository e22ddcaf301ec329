import { glob, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { openWarehouse, type Warehouse } from '#analytics/warehouse.ts';
import { readConfiguration } from '#ingest/configuration.ts';
import { demoPresent } from '#ingest/demo/demo.ts';
import { demoSources } from '#ingest/demo/sources.ts';
import { landFiles } from '#ingest/land.ts';
import { readFound } from '../evaluate/alerts.ts';
import { readAnswerKey } from '../evaluate/answer-key.ts';
import { evaluate, type Evaluation } from '../evaluate/evaluation.ts';
import { readSecret } from '../src/lib/server/secret.ts';

export const summary = 'Compare the findings on a demo company with its answer key.';
export const usage = `npx quittance evaluate --demo DIR [options]

  --demo DIR      folder that "npx quittance demo" has written, with its answer-key.csv
  --budget N      alerts a person looks at per day (default: 20)
  --data DIR      data folder that has loaded DIR already; without it DIR is loaded into a temporary one
  --json          print { recall, precision_against_twins, kinds, budget, days, alerts }

Day by day, the subjects with risk findings are ranked by expected loss and the first N are seen; a
subject is one alert. An incident is found when an accepted detector names one of its subjects among
those. Delays and savings are lists, not alerts: they are judged without a budget.
precision_against_twins = incidents found / (incidents found + benign twins flagged).`;

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      demo: { type: 'string' },
      budget: { type: 'string', default: '20' },
      data: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  if (values.demo === undefined) throw new Error(`--demo is missing.\n\n${usage}`);
  const budget = Number(values.budget);
  if (!Number.isInteger(budget) || budget < 1) {
    throw new Error(`--budget must be a whole number above 0, but it is "${values.budget}"`);
  }
  const demoFolder = resolve(values.demo);
  const instances = await readAnswerKey(demoFolder);
  const judge = async (warehouse: Warehouse) =>
    evaluate(await readFound(warehouse), instances, budget);
  const evaluation =
    values.data === undefined
      ? await inTemporaryWarehouse(demoFolder, judge)
      : await inWarehouse(resolve(values.data), judge);
  if (values.json) console.log(JSON.stringify(evaluation, null, 2));
  else printTable(evaluation);
}

type Judge = (warehouse: Warehouse) => Promise<Evaluation>;

async function inWarehouse(dataFolder: string, judge: Judge): Promise<Evaluation> {
  const configuration = await readConfiguration(dataFolder);
  if (configuration === undefined) {
    throw new Error(
      `${dataFolder} holds no quittance.json; name a data folder that "npx quittance start" uses, or leave --data out`,
    );
  }
  const warehouse = await openWarehouse({
    dataFolder,
    accountSecret: await readSecret(dataFolder),
    groupCurrency: configuration.group_currency,
  });
  try {
    return await judge(warehouse);
  } finally {
    await warehouse.close();
  }
}

/** Loads the demo folder by the product's own doors and forgets it afterwards. */
async function inTemporaryWarehouse(demoFolder: string, judge: Judge): Promise<Evaluation> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'quittance-evaluate-'));
  try {
    for (const source of demoSources(demoFolder)) {
      const paths: string[] = [];
      for (const pattern of source.paths) {
        for await (const path of glob(pattern)) paths.push(path);
      }
      const reports = await landFiles({
        dataFolder,
        source,
        paths: paths.sort(),
        extractedAt: demoPresent,
        onProgress: ({ step, count }) => {
          console.error(`${source.name}: ${step} ${String(count)}`);
        },
      });
      for (const report of reports) {
        if (report.outcome === 'refused')
          throw new Error(`${report.files.join(', ')}: ${report.why}`);
        if (report.outcome === 'held') {
          throw new Error(`${report.files.join(', ')}: ${String(report.manifest.held_because)}`);
        }
      }
    }
    const warehouse = await openWarehouse({
      dataFolder,
      accountSecret: await readSecret(dataFolder),
      groupCurrency: 'EUR',
    });
    try {
      await warehouse.refresh({
        onProgress: (step, count) => {
          console.error(`warehouse: ${step} ${String(count)}`);
        },
      });
      return await judge(warehouse);
    } finally {
      await warehouse.close();
    }
  } finally {
    await rm(dataFolder, { recursive: true, force: true });
  }
}

function printTable({ kinds, ...total }: Evaluation): void {
  console.log(
    `${'kind'.padEnd(32)} incidents  found  recall  twins  flagged  precision against twins`,
  );
  for (const [kind, row] of Object.entries(kinds)) {
    console.log(
      [
        kind.padEnd(32),
        String(row.incidents).padStart(9),
        String(row.found).padStart(6),
        percent(row.recall).padStart(7),
        String(row.twins).padStart(6),
        String(row.twins_flagged).padStart(8),
        percent(row.precision_against_twins).padStart(24),
      ].join(' '),
    );
  }
  console.log(
    `\nrecall ${percent(total.recall)}, precision against twins ${percent(total.precision_against_twins)}; ` +
      `${String(total.alerts)} alerts seen on ${String(total.days)} days at ${String(total.budget)} a day`,
  );
}

function percent(rate: number | null): string {
  return rate === null ? '–' : `${(rate * 100).toFixed(1)} %`;
}
