/** What every detector keeps, whatever its question: held against a small demo company and an empty warehouse. */
import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import { readFileSync } from 'node:fs';
import { glob, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findingColumns } from '#analytics/detectors/detector.ts';
import type { Detector, Reason } from '#analytics/detectors/detector.ts';
import { defaultParameters, detectors } from '#analytics/detectors/detectors.ts';
import { parseModel } from '#analytics/models.ts';
import { openWarehouse } from '#analytics/warehouse.ts';
import { demoPresent, generateDemo } from '#ingest/demo/demo.ts';
import { demoSources } from '#ingest/demo/sources.ts';
import { landFiles } from '#ingest/land.ts';
import { detectorModels, SmallWarehouse } from '../analytics/detectors/small-warehouse.ts';

const asOf = '2026-11-19T13:12:00.000Z';
/** Rows known later than this are left out in the test of look-ahead. */
const cut = '2026-06-30 00:00:00';
/** Per table: when a row could first have been known. */
const knownAt: Readonly<Record<string, string>> = {
  invoice_flow: 'coalesce(entered_at, received_at, requested_at, posted_on, invoiced_on, paid_at)',
  payment_flow: 'requested_at',
  approval_step: 'occurred_at',
  vendor_account: 'valid_from',
  purchase_order: 'created_at',
  vendor: 'created_at',
  payment_fact: 'executed_at',
  payment: 'executed_at',
  bank_match: 'booked_on',
  bank_line: 'booked_on',
  settlement: 'settled_at',
  bank_account_change: 'changed_at',
};
const wholeTables = ['employee', 'delegation', 'company', 'fx_day'];

let folder: string;
let full: DuckDBConnection;
let past: DuckDBConnection;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quittance-detectors-'));
  const demo = join(folder, 'demo');
  await generateDemo({ seed: 5, scale: 0.05, folder: demo });
  for (const source of demoSources(demo)) {
    const paths: string[] = [];
    for (const pattern of source.paths) for await (const path of glob(pattern)) paths.push(path);
    await landFiles({ dataFolder: folder, source, paths: paths.sort(), extractedAt: demoPresent });
  }
  const warehouse = await openWarehouse({
    dataFolder: folder,
    accountSecret: 'only for this test, thirty-two bytes',
    groupCurrency: 'EUR',
    threads: 1,
  });
  await warehouse.refresh();
  await warehouse.close();
  full = await copyOfMarts('true');
  past = await copyOfMarts(`known_at <= timestamp '${cut}'`);
}, 240_000);

afterAll(async () => {
  full.closeSync();
  past.closeSync();
  await rm(folder, { recursive: true, force: true });
});

/** The marts of the warehouse, in another order of rows and only those that were known. */
async function copyOfMarts(condition: string): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  await connection.run(`attach '${join(folder, 'warehouse.duckdb')}' as warehouse (read_only)`);
  for (const table of [...Object.keys(knownAt), ...wholeTables]) {
    const known_at = knownAt[table] ?? "timestamp '2000-01-01'";
    await connection.run(
      `create table ${table} as select * exclude (known_at)
       from (select *, ${known_at} as known_at from warehouse.main.${table}) as kept
       where ${condition} order by hash(kept)`,
    );
  }
  for (const model of detectorModels) {
    const sql = readFileSync(
      new URL(`../../analytics/models/${model}.sql`, import.meta.url),
      'utf8',
    );
    await connection.run(`create table ${model} as ${sql}`);
  }
  await connection.run('create table finding as select * from warehouse.main.finding');
  await connection.run('detach warehouse');
  return connection;
}

interface Answer {
  readonly partition_key: string;
  readonly subject_key: string;
  readonly score: number;
  readonly amount_at_stake: string;
  readonly found_as_of: string;
  readonly reasons: readonly Reason[];
}

async function answers(connection: DuckDBConnection, detector: Detector, condition = 'true') {
  const { sql, values } = detector.find(defaultParameters(detector), asOf);
  const reader = await connection.runAndReadAll(
    `select * from (${sql}) where ${condition}
     qualify row_number() over (partition by subject_key order by score desc, partition_key, reasons::varchar) = 1
     order by subject_key`,
    values as Record<string, number | string>,
  );
  return reader.getRowObjectsJson().map((row) => ({
    ...row,
    score: Number(row['score']),
    reasons: JSON.parse(String(row['reasons'])),
  })) as unknown as Answer[];
}

const catalogue = (locale: string, area: string) =>
  JSON.parse(
    readFileSync(new URL(`../../messages/${locale}/${area}.json`, import.meta.url), 'utf8'),
  ) as Record<string, string>;
const locales = ['en', 'zh-CN'].map((locale) => ({
  locale,
  texts: { ...catalogue(locale, 'finding'), ...catalogue(locale, 'reason') },
}));

describe.each(detectors.map((detector) => [detector.id, detector] as const))(
  '%s',
  (id, detector) => {
    test('finds nothing in an empty warehouse and gives exactly the columns of a finding', async () => {
      const warehouse = await SmallWarehouse.open();
      const { sql, values } = detector.find(defaultParameters(detector), asOf);
      const reader = await warehouse.connection.runAndReadAll(
        sql,
        values as Record<string, number>,
      );
      expect(reader.currentRowCount).toBe(0);
      expect(reader.columnNames()).toEqual([...findingColumns]);
      warehouse.close();
    });

    test('says what it reads, and its defaults lie within their limits', () => {
      const { sql } = detector.find(defaultParameters(detector), asOf);
      const declared = [...Object.keys(detector.reads), ...(detector.wholly ?? [])];
      expect(declared).toEqual(
        expect.arrayContaining([...parseModel(id, `-- ${id}\n${sql}`).inputs]),
      );
      for (const parameter of Object.values(detector.parameters)) {
        expect(parameter.default).toBeGreaterThanOrEqual(parameter.minimum);
        expect(parameter.default).toBeLessThanOrEqual(parameter.maximum);
      }
    });

    test('gives the findings of the warehouse whatever the order of rows', async () => {
      const reader = await full.runAndReadAll(
        'select subject_key, score, amount_at_stake, reasons::varchar as reasons from finding where detector = $id order by subject_key',
        { id },
      );
      const kept = reader.getRowObjectsJson();
      const found = await answers(full, detector);
      expect(
        found.map(({ subject_key, amount_at_stake }) => ({ subject_key, amount_at_stake })),
      ).toEqual(kept.map(({ subject_key, amount_at_stake }) => ({ subject_key, amount_at_stake })));
      expect(found.map(({ score }) => score.toFixed(9))).toEqual(
        kept.map((row) => Number(row['score']).toFixed(9)),
      );
    });

    test('scores within 0..1 and tells reasons with texts in every language and shares that add up', async () => {
      for (const { score, reasons } of await answers(full, detector)) {
        expect(score).toBeGreaterThan(0);
        expect(score).toBeLessThanOrEqual(1);
        expect(reasons.length).toBeGreaterThan(0);
        expect(reasons.reduce((sum, reason) => sum + reason.share, 0)).toBeCloseTo(1, 9);
        for (const reason of reasons) {
          for (const { locale, texts } of locales) {
            const text = texts[`reason_${reason.id}`];
            expect(text, `reason_${reason.id} in ${locale}`).toBeTypeOf('string');
            const asked = [...(text ?? '').matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
            expect(Object.keys(reason.values), `values of reason_${reason.id}`).toEqual(
              expect.arrayContaining(asked),
            );
          }
        }
      }
      for (const { texts } of locales) {
        for (const key of [`detector_${id}`, `detector_${id}_question`, `detector_${id}_guard`]) {
          expect(texts[key], key).toBeTypeOf('string');
        }
      }
    });

    test('does not look ahead: later rows leave earlier findings as they were', async () => {
      const earlier = `found_as_of <= timestamp '${cut}'`;
      const then = await answers(past, detector, earlier);
      const now = await answers(full, detector, earlier);
      expect(now.map(({ subject_key, score }) => [subject_key, score.toFixed(9)])).toEqual(
        then.map(({ subject_key, score }) => [subject_key, score.toFixed(9)]),
      );
    });

    test('depends on no column that its select does not name', async () => {
      const whole = await answers(full, detector);
      const { sql } = detector.find(defaultParameters(detector), asOf);
      const named = new Set(sql.match(/\w+/g));
      const tables = [...Object.keys(detector.reads), ...(detector.wholly ?? [])];
      for (const table of tables) {
        const described = await full.runAndReadAll(`describe memory.main.${table}`);
        const others = described
          .getRows()
          .filter(([column]) => !named.has(String(column)))
          .map(([column, type]) => `null::${String(type)} as ${String(column)}`);
        const replaced = others.length > 0 ? `replace (${others.join(', ')})` : '';
        await full.run(
          `create temp view ${table} as select * ${replaced} from memory.main.${table}`,
        );
      }
      const found = await answers(full, detector);
      for (const table of tables) await full.run(`drop view temp.${table}`);
      expect(found).toEqual(whole);
    });

    test('asked only about a time it answers as before about that time', async () => {
      const later = `found_as_of >= timestamp '${cut}'`;
      const { sql, values } = detector.find(defaultParameters(detector), asOf);
      const since: Detector = {
        ...detector,
        find: () => ({
          sql,
          values: values && 'since' in values ? { ...values, since: cut } : (values ?? {}),
        }),
      };
      expect(await answers(full, since, later)).toEqual(await answers(full, detector, later));
    });

    test('falls apart by the columns it names', async () => {
      const whole = await answers(full, detector);
      const partitions = [...new Set(whole.map((answer) => answer.partition_key))].slice(0, 5);
      const list = partitions.map((value) => `'${value.replaceAll("'", "''")}'`).join(', ') || "''";
      for (const [table, column] of Object.entries(detector.reads)) {
        await full.run(
          `create temp view ${table} as select * from memory.main.${table} where ${column}::varchar in (${list})`,
        );
      }
      const narrowed = await answers(full, detector, `partition_key in (${list})`);
      for (const table of Object.keys(detector.reads)) await full.run(`drop view temp.${table}`);
      expect(narrowed).toEqual(whole.filter((answer) => partitions.includes(answer.partition_key)));
    });
  },
);
