/**
 * The demo company, small, generated, landed and derived by the product itself: built once for the
 * sources as they are, kept under the system's temporary folder, and copied for each caller,
 * because a warehouse file belongs to one process.
 */
import { createHash } from 'node:crypto';
import { cp, glob, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { openWarehouse, type Warehouse } from '#analytics/warehouse.ts';
import { demoPresent, generateDemo } from '#ingest/demo/demo.ts';
import { demoSources } from '#ingest/demo/sources.ts';
import { landFiles } from '#ingest/land.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const seed = 7;
const scale = 0.05;
const waitLimit_ms = 10 * 60 * 1000;
const options = { accountSecret: 'test-secret', groupCurrency: 'EUR', memoryLimitMb: 1_000 };

/** A warehouse of one's own; `close` also removes its folder. */
export interface DemoWarehouse {
  readonly warehouse: Warehouse;
  readonly dataFolder: string;
  /** Folder with `erp/`, `bank/`, `platform/` and `answer-key.csv`. */
  readonly demoFolder: string;
  close(): Promise<void>;
}

/** Opens a copy of the demo company's warehouse: about 3,000 invoices, as of `demoPresent`. */
export async function openDemoWarehouse(): Promise<DemoWarehouse> {
  const built = await builtOnce();
  const dataFolder = await mkdtemp(join(tmpdir(), 'quittance-demo-copy-'));
  await cp(built, dataFolder, { recursive: true });
  const warehouse = await openWarehouse({ ...options, dataFolder });
  return {
    warehouse,
    dataFolder,
    demoFolder: join(dataFolder, 'demo'),
    async close() {
      await warehouse.close();
      await rm(dataFolder, { recursive: true, force: true });
    },
  };
}

/** The shared folder; whoever makes its lock builds it, the others wait. */
async function builtOnce(): Promise<string> {
  const folder = join(tmpdir(), `quittance-demo-${await sourcesHash()}`);
  const lock = `${folder}.lock`;
  for (let waited_ms = 0; waited_ms < waitLimit_ms; waited_ms += 250) {
    if (await exists(folder)) return folder;
    if (await made(lock)) {
      try {
        if (!(await exists(folder))) await build(folder);
        return folder;
      } finally {
        await rm(lock, { recursive: true, force: true });
      }
    }
    await sleep(250);
  }
  throw new Error(
    `${lock}: another test run has been building for 10 minutes; remove it when none is`,
  );
}

async function build(folder: string): Promise<void> {
  const dataFolder = await mkdtemp(`${folder}.building-`);
  try {
    await generateDemo({ seed, scale, folder: join(dataFolder, 'demo') });
    for (const source of demoSources(join(dataFolder, 'demo'))) {
      const paths: string[] = [];
      for (const pattern of source.paths) for await (const path of glob(pattern)) paths.push(path);
      const reports = await landFiles({
        dataFolder,
        source,
        paths: paths.sort(),
        extractedAt: demoPresent,
      });
      for (const report of reports)
        if (report.outcome !== 'landed')
          throw new Error(
            `the demo's ${report.files.join(', ')} was ${report.outcome}: ${JSON.stringify(report)}`,
          );
    }
    const warehouse = await openWarehouse({ ...options, dataFolder });
    await warehouse.refresh();
    await warehouse.close();
    await rename(dataFolder, folder);
  } catch (cause) {
    await rm(dataFolder, { recursive: true, force: true });
    throw cause;
  }
}

/** Changes with every source file that has a say in the warehouse. */
async function sourcesHash(): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify({ seed, scale, options }));
  for (const part of [
    'ingest',
    'analytics/models',
    'analytics/checks',
    'analytics/detectors',
    'analytics/refresh',
  ]) {
    const files = await readdir(join(root, part), { recursive: true, withFileTypes: true });
    const paths = files
      .filter((file) => file.isFile())
      .map((file) => join(file.parentPath, file.name));
    for (const path of paths.sort())
      hash.update(path.slice(root.length)).update(await readFile(path));
  }
  return hash.digest('hex').slice(0, 16);
}

async function made(folder: string): Promise<boolean> {
  try {
    await mkdir(folder);
    return true;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') return false;
    throw cause;
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
