import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { rebuildWarehouse } from '#analytics/warehouse.ts';
import { readConfiguration } from '#ingest/configuration.ts';
import { readSecret } from '../src/lib/server/secret.ts';
import { handOver } from '../start/hand-over.ts';
import { startProgress } from '../start/progress.ts';

export const summary = 'Derive the warehouse again from the raw batches.';
export const usage = `npx quittance rebuild [--data DIR]

A running Quittance on the same data folder does it; the old warehouse answers until the new one is complete.`;

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { data: { type: 'string' } } });
  const dataFolder = resolve(values.data ?? process.env['QUITTANCE_DATA'] ?? 'data');
  const progress = startProgress();
  const owner = await handOver({
    dataFolder,
    task: 'rebuild',
    here: async () => {
      const configuration = await readConfiguration(dataFolder);
      await rebuildWarehouse(
        {
          dataFolder,
          accountSecret: await readSecret(dataFolder),
          groupCurrency: configuration?.group_currency ?? 'EUR',
        },
        {
          onProgress: (step, count) =>
            progress.report(
              `warehouse: ${step.replace(/^(model|detector|check) .*/, '$1s')}`,
              count,
            ),
        },
      );
    },
  });
  progress.end();
  console.log(
    owner === null
      ? 'The warehouse is derived anew.'
      : `Done by the running Quittance, PID ${owner.pid}.`,
  );
}
