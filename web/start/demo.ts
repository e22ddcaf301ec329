import { join } from 'node:path';
import {
  writeConfiguration,
  readConfiguration,
  type Configuration,
} from '#ingest/configuration.ts';
import { generateDemo } from '#ingest/demo/demo.ts';
import { demoSources } from '#ingest/demo/sources.ts';
import type { Progress } from './progress.ts';

const seed = 7;
const scale = 1;

/** Makes the demo company's files and the configuration that names them. */
export async function makeDemo(dataFolder: string, progress: Progress): Promise<Configuration> {
  await generateDemo({
    seed,
    scale,
    folder: join(dataFolder, 'demo'),
    onProgress: (step, count) => progress.done(`demo: ${step}`, count),
  });
  await writeConfiguration(dataFolder, {
    group_currency: 'EUR',
    demo: true,
    sources: demoSources('demo'),
  });
  const configuration = await readConfiguration(dataFolder);
  if (configuration === undefined) throw new Error(`${dataFolder}: quittance.json was not written`);
  return configuration;
}
