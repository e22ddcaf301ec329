import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { defaultParameters, detectors } from '#analytics/detectors/detectors.ts';
import { benfordFigures } from '#analytics/statistics/benford.ts';
import { openWarehouse, type Warehouse } from '#analytics/warehouse.ts';
import type { FilesMapping } from '#ingest/connectors/files/mapping.ts';
import { landFiles } from '#ingest/land.ts';
import type { BenchRow } from './bench.ts';

const folder = fileURLToPath(new URL('../../../shared/data/anomaly/', import.meta.url));

/** Real payables with published figures, loaded by the product's own doors and asked its own questions. */
export async function run(): Promise<BenchRow[]> {
  if (!existsSync(folder)) return [{ what: `skipped: ${folder} is not there`, measured: '' }];
  return [...(await duplicates()), ...(await benford()), ...(await purchasingCards())];
}

const company = {
  columns: {
    company_id: { constant: '1' },
    name: { constant: 'Company' },
    base_currency: { constant: 'USD' },
  },
  combine: {},
};

/** Vendor, date of booking, number and amount, as a utility's payables are published. */
const payables: FilesMapping = {
  payables: {
    match: '*.csv',
    records: {
      company,
      vendor: { columns: { vendor_id: 'VendorNum', name: 'VendorNum' }, combine: {} },
      invoice: {
        columns: {
          invoice_id: { rowNumber: true },
          company_id: { constant: '1' },
          vendor_id: 'VendorNum',
          invoice_number: 'InvNum',
          posted_on: 'Date',
          currency: { constant: 'USD' },
          amount_gross: { header: 'Amount', roundTo: 2 },
        },
      },
    },
  },
};

async function loaded<Result>(
  source: { file: string; mapping: FilesMapping; change?: (text: string) => string },
  ask: (warehouse: Warehouse, text: string) => Promise<Result>,
): Promise<Result> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'quittance-payables-'));
  try {
    const raw = gunzipSync(await readFile(join(folder, source.file))).toString('utf8');
    const text = source.change?.(raw) ?? raw;
    const path = join(dataFolder, 'payments.csv');
    await writeFile(path, text);
    await landFiles({
      dataFolder,
      source: { name: 'erp', connector: 'files', settings: { mapping: source.mapping } },
      paths: [path],
      extractedAt: '2011-06-01T00:00:00.000Z',
    });
    const warehouse = await openWarehouse({
      dataFolder,
      accountSecret: 'only for this bench, thirty-two bytes',
      groupCurrency: 'USD',
    });
    try {
      await warehouse.refresh({ onProgress: () => undefined });
      return await ask(warehouse, text);
    } finally {
      await warehouse.close();
    }
  } finally {
    await rm(dataFolder, { recursive: true, force: true });
  }
}

async function duplicates(): Promise<BenchRow[]> {
  return loaded(
    { file: 'duplicates_injected.csv.gz', mapping: payables },
    async (warehouse, text) => {
      const labels = text
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.trim().split(',').slice(-2));
      const planted = labels.flatMap(([type, source], index) =>
        type === 'regular' ? [] : [`${String(Number(source) + 1)} ${String(index + 1)}`],
      );
      const started = performance.now();
      for (const detector of detectors.filter(({ id }) => id.startsWith('duplicate_invoice'))) {
        const { sql, values } = detector.find(defaultParameters(detector), warehouse.asOf);
        await warehouse.rows(`select count(*) as found from (${sql})`, values);
      }
      const seconds = (performance.now() - started) / 1000;
      const rows = await warehouse.rows(`
      select invoice.invoice_id as later, earlier.invoice_id as earlier
      from (
        select subject_key, unnest(evidence_keys) as earlier_key, score
        from finding where starts_with(detector, 'duplicate_invoice')
      ) as pair
      join invoice on invoice.invoice_key = pair.subject_key
      join invoice as earlier on earlier.invoice_key = pair.earlier_key
      order by score desc, subject_key, earlier_key`);
      const pairs = rows.map((row) =>
        [Number(row['later']), Number(row['earlier'])].sort((a, b) => a - b).join(' '),
      );
      const wanted = new Set(planted);
      const distinct = [...new Set(pairs)];
      const hits = distinct.filter((pair) => wanted.has(pair)).length;
      const first = distinct.slice(0, 500).filter((pair) => wanted.has(pair)).length;
      const recall = hits / planted.length;
      return [
        {
          what: 'planted duplicates missed (reference 0.043)',
          measured: recall.toFixed(3),
          ratio: 1 - recall,
          goal: 0.03,
        },
        {
          what: 'candidate pairs, thousands (reference 3.919)',
          measured: String(distinct.length),
          ratio: distinct.length / 1000,
          goal: 2.5,
        },
        {
          what: 'of the first 500 pairs not planted',
          measured: String(500 - first),
          ratio: 1 - first / 500,
          goal: 0.3,
        },
        {
          what: 'four tests of duplicates on 119,341 invoices',
          measured: `${seconds.toFixed(2)} s`,
          ratio: seconds,
          goal: 2,
        },
      ];
    },
  );
}

/** Published: n, deviation, five spikes and arc of the payments of a utility (benford.analysis). */
const golden = {
  count: 185_083,
  deviation: 0.002336614,
  arc: 0.0039958,
  spikes: [
    [50, 5938.25],
    [11, 3331.98],
    [10, 2811.92],
    [14, 1043.68],
    [98, 889.95],
  ],
} as const;

async function benford(): Promise<BenchRow[]> {
  return loaded(
    { file: 'benford/corporate.payment.csv.gz', mapping: payables },
    async (warehouse) => {
      const figures = await benfordFigures(warehouse);
      const off = golden.spikes.filter(
        ([digits, difference], place) =>
          figures.spikes[place]?.digits !== digits ||
          Math.abs(Math.abs(figures.spikes[place]?.difference ?? 0) - difference) > 0.006,
      ).length;
      return [
        {
          what: 'Benford: amounts away from 185,083',
          measured: String(figures.count),
          ratio: Math.abs(figures.count - golden.count),
          goal: 0,
        },
        {
          what: 'Benford: deviation away from 0.002336614, millionths',
          measured: figures.mean_absolute_deviation.toFixed(9),
          ratio: Math.abs(figures.mean_absolute_deviation - golden.deviation) * 1e6,
          goal: 0.001,
        },
        {
          what: 'Benford: spikes that differ, of five',
          measured: String(off),
          ratio: off,
          goal: 0,
        },
        {
          what: 'Benford: arc away from 0.0039958, millionths',
          measured: figures.mantissa_arc.toFixed(7),
          ratio: Math.abs(figures.mantissa_arc - golden.arc) * 1e6,
          goal: 0.051,
        },
      ];
    },
  );
}

const cards: FilesMapping = {
  cards: {
    match: '*.csv',
    records: {
      company,
      payment: {
        columns: {
          payment_id: { rowNumber: true },
          company_id: { constant: '1' },
          channel: { constant: 'card' },
          currency: { constant: 'USD' },
          amount: { header: 'AMOUNT', decimal: ',' },
          executed_at: { header: 'DATE', format: '%d/%m/%Y' },
          time_precision: { constant: 'date' },
        },
      },
    },
  },
};

async function purchasingCards(): Promise<BenchRow[]> {
  const source = {
    file: 'benford/purchasing.cards.2010.csv.gz',
    mapping: cards,
    change: (text: string) => text.replaceAll('$', ''),
  };
  return loaded(source, async (warehouse) => {
    const rows = await warehouse.rows(`
      select json_extract_string(reasons, '$[0].values.limit_amount')::double as limit_amount,
        json_extract_string(reasons, '$[0].values.below_count')::bigint as below_count,
        json_extract_string(reasons, '$[0].values.above_count')::bigint as above_count
      from finding where detector = 'avoided_limit' order by score desc, finding_key`);
    const [first] = rows;
    const others = rows.filter((row) => Number(row['limit_amount']) !== 2500).length;
    return [
      {
        what: 'cards: limit found first, away from 2,500',
        measured: first ? String(first['limit_amount']) : 'none',
        ratio: first ? Math.abs(Number(first['limit_amount']) - 2500) : 2500,
        goal: 0,
      },
      {
        what: 'cards: payments just below and just above in the year to the last closed quarter',
        measured: first ? `${String(first['below_count'])} : ${String(first['above_count'])}` : '',
      },
      { what: 'cards: other limits found', measured: String(others), ratio: others, goal: 0 },
    ];
  });
}
