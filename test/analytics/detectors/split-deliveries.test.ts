/** The law of increments for the product's own models and detectors: a demo company that arrives in parts. */
import { glob, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { openWarehouse, type Warehouse } from '#analytics/warehouse.ts';
import { generateDemo } from '#ingest/demo/demo.ts';
import { demoSources } from '#ingest/demo/sources.ts';
import { landFiles } from '#ingest/land.ts';

/** Which part a line of a file comes in: the odd ones of the past late, then the latest. */
function partOf(line: number, lines: number): number {
  if (line >= lines * 0.97) return 2;
  return line % 5 === 1 ? 1 : 0;
}

test(
  'what arrives in parts gives the tables and findings of a rebuild',
  { timeout: 300_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'quittance-split-'));
    const demo = join(folder, 'demo');
    await generateDemo({ seed: 3, scale: 0.03, folder: demo });
    const warehouse = await openWarehouse({
      dataFolder: folder,
      accountSecret: 'only for this test, thirty-two bytes',
      groupCurrency: 'EUR',
      threads: 1,
    });
    try {
      const counts: number[] = [];
      for (const part of [0, 1, 2]) {
        for (const source of demoSources(demo)) {
          const paths: string[] = [];
          for (const pattern of source.paths)
            for await (const path of glob(pattern)) paths.push(path);
          const csv = paths.filter((path) => path.endsWith('.csv')).sort();
          const others = paths.filter((path) => !path.endsWith('.csv')).sort();
          const landed = [
            ...(await Promise.all(csv.map((path) => writePart(folder, path, part)))),
            ...others.filter((_, index) => partOf(index, others.length) === part),
          ];
          if (landed.length > 0)
            await landFiles({
              dataFolder: folder,
              source,
              paths: landed,
              extractedAt: `2026-11-2${part}T09:00:00.000Z`,
            });
        }
        counts.push((await warehouse.refresh()).findings);
      }
      // Each part moves findings, to more of some and fewer of others.
      expect(new Set(counts).size).toBe(3);
      const incremental = await contents(warehouse);
      await warehouse.rebuild();
      expect(incremental).toEqual(await contents(warehouse));
    } finally {
      await warehouse.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
);

async function writePart(folder: string, path: string, part: number): Promise<string> {
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  const kept = lines.filter((_, line) => line === 0 || partOf(line, lines.length) === part);
  const into = join(folder, `part-${part}`);
  await mkdir(into, { recursive: true });
  await writeFile(join(into, basename(path)), `${kept.join('\n')}\n`);
  return join(into, basename(path));
}

/** Rows and content of every table; of findings those of each detector, so that a difference names one. */
async function contents(warehouse: Warehouse): Promise<Record<string, string>> {
  const tables = await warehouse.rows(
    `select table_name from duckdb_tables() where schema_name = 'main' and not temporary
       and table_name not in ('warehouse_state', 'model_version') order by 1`,
  );
  const found: Record<string, string> = {};
  for (const { table_name } of tables) {
    const [row] = await warehouse.rows(
      `select count(*) as rows, coalesce(sum(hash(t)::hugeint), 0)::varchar as content from ${String(table_name)} as t`,
    );
    found[String(table_name)] = JSON.stringify(row);
  }
  const detectors = await warehouse.rows(
    `select detector, count(*) as rows, sum(hash(finding)::hugeint)::varchar as content from finding group by detector`,
  );
  for (const { detector, ...row } of detectors)
    found[`finding ${String(detector)}`] = JSON.stringify(row);
  return found;
}
