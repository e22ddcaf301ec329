import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { landFiles, listBatches } from '#ingest/land.ts';
import { dataFolder, land, manifestOf, refreshed, refusal } from './loaded.ts';

const mapping = {
  invoices: {
    match: '*.csv',
    records: {
      invoice: {
        columns: {
          invoice_id: 'Document',
          company_id: { constant: 'DE01' },
          vendor_id: 'Supplier',
          currency: { constant: 'EUR' },
          amount_gross: 'Amount',
          description: { header: 'Text', required: false },
        },
      },
    },
  },
};
const source = { name: 'erp', connector: 'files', settings: { mapping } };

async function file(
  folder: string,
  content: string | Buffer,
  name = 'invoices.csv',
): Promise<string> {
  await mkdir(join(folder, 'in'), { recursive: true });
  const path = join(folder, 'in', name);
  await writeFile(path, content);
  return path;
}

async function landOne(content: string | Buffer, settings: object = {}) {
  const folder = await dataFolder();
  const path = await file(folder, content);
  const of = { ...source, settings: { ...source.settings, ...settings } };
  return { folder, report: (await land(folder, of, [path]))[0] };
}

test('a missing column refuses the file and names what was expected, what came and what to do', async () => {
  const { folder, report } = await landOne('Document,Vendor,Amount\n1,V1,10\n');
  expect(refusal(report)).toMatch(
    /invoices\.csv: column "Supplier" is missing; found "Document", "Vendor", "Amount"\. Export the file with this column, or name the header/u,
  );
  expect(await listBatches(folder)).toEqual([]);
});

test('a cut-off file is refused whole and leaves nothing behind', async () => {
  const { folder, report } = await landOne('Document,Supplier,Amount\n1,V1,10\n2,V2,2');
  expect(refusal(report)).toMatch(/cut off.*nothing of it was loaded/u);
  expect(await readdir(join(folder, 'raw', 'erp'))).toEqual([]);
});

test.each([
  [
    'GB18030',
    Buffer.from(
      'RG9jdW1lbnQsU3VwcGxpZXIsQW1vdW50LFRleHQKMSy5+rzSuavLviwxMCyyybm6t9HTw7rPzazP7sS/Cg==',
      'base64',
    ),
    {},
  ],
  [
    'UTF-16 with its mark',
    Buffer.from('\uFEFFDocument,Supplier,Amount,Text\n1,国家公司,10,采购\n', 'utf16le'),
    {},
  ],
  [
    'UTF-8 with its mark',
    Buffer.from('\uFEFFDocument,Supplier,Amount,Text\n1,国家公司,10,采购\n'),
    {},
  ],
  [
    'windows-1252 when told so',
    Buffer.from('Document,Supplier,Amount,Text\n1,M\u00fcller,10,Geb\u00fchr\n', 'latin1'),
    { encoding: 'windows-1252' },
  ],
])('text in %s is read', async (_, bytes, settings) => {
  const { folder, report } = await landOne(bytes, settings);
  expect(manifestOf(report).streams['invoices']?.rows).toBe(1);
  const warehouse = await refreshed(folder);
  const [row] = await warehouse.rows('select description, source_row from invoice');
  expect(String(row?.['description'])).toMatch(/采|Gebühr/u);
});

test('text in an unknown encoding is refused with the place of the first bad byte', async () => {
  const { report } = await landOne(
    Buffer.from('Document,Supplier,Amount\n1,M\u00fcller,10\n', 'latin1'),
  );
  expect(refusal(report)).toMatch(/offset 28 is not UTF-8.*windows-1252/u);
});

test('a broken row is rejected with its line while its neighbours load', async () => {
  const { folder, report } = await landOne(
    'Document;Supplier;Amount;Text\n1;V1;10;a\n2;V2\n3;"V3;5;x\n4;V4;7;d "quoted"\n',
  );
  const manifest = manifestOf(report);
  expect(manifest.physical_records).toEqual({ invoices: 4 });
  expect(manifest.rejected).toEqual({ invoices: 2 });
  const warehouse = await refreshed(folder);
  expect(await warehouse.rows('select invoice_id, source_row from invoice order by 1')).toEqual([
    { invoice_id: '1', source_row: 1 },
    { invoice_id: '4', source_row: 4 },
  ]);
  expect(await warehouse.rows('select source_row, code, value from rejected order by 1')).toEqual([
    { source_row: 2, code: 'field_count', value: '2;V2' },
    { source_row: 3, code: 'unterminated_quote', value: '3;"V3;5;x' },
  ]);
});

test('an amount that does not fit is rejected, and unknown never becomes 0', async () => {
  const { folder } = await landOne('Document,Supplier,Amount\n1,V1,1.00005\n2,V2,\n3,V3,ten\n');
  const warehouse = await refreshed(folder);
  expect(await warehouse.rows('select count(*)::integer as n from invoice')).toEqual([{ n: 0 }]);
  expect(await warehouse.rows('select source_row, code, value from rejected order by 1')).toEqual([
    { source_row: 1, code: 'inexact_amount', value: '1.00005' },
    { source_row: 2, code: 'missing_value', value: null },
    { source_row: 3, code: 'wrong_type', value: 'ten' },
  ]);
});

test('no text of a file or mapping is executed', async () => {
  const hostile = `x'); drop table invoice; --`;
  const { folder, report } = await landOne(
    `Document,Supplier,Amount,"Te""xt'; --"\n1,"${hostile}",10,a\n`,
  );
  expect(manifestOf(report).streams['invoices']?.columns).toContain(`Te"xt'; --`);
  const warehouse = await refreshed(folder);
  expect(await warehouse.rows('select count(*)::integer as n from invoice')).toEqual([{ n: 1 }]);
});

test('several files land as one batch each; one that is refused does not stop the other', async () => {
  const folder = await dataFolder();
  const good = await file(folder, 'Document,Supplier,Amount\n1,V1,10\n', 'a.csv');
  const bad = await file(folder, '', 'b.csv');
  const reports = await land(folder, source, [good, bad]);
  expect(reports.map(({ outcome, files }) => [files, outcome])).toEqual([
    [['a.csv'], 'landed'],
    [['b.csv'], 'refused'],
  ]);
  expect(await listBatches(folder)).toHaveLength(1);
});

test('a full disk is named, and nothing half is published', async () => {
  const folder = await dataFolder();
  const rows = Array.from({ length: 20_000 }, (_, row) => `${row},V${row * 7919},${row}`);
  const path = await file(folder, `Document,Supplier,Amount\n${rows.join('\n')}\n`);
  const module = new URL('../../ingest/land.ts', import.meta.url).href;
  const request = JSON.stringify({ dataFolder: folder, source, paths: [path] });
  const script = `const { landFiles } = await import(${JSON.stringify(module)});
    await landFiles(${request}).catch((error) => console.log(error.message));`;
  // The limit of a file's size stands for the end of the disk: a write fails half way.
  const { stdout } = spawnSync(
    'sh',
    ['-c', 'ulimit -f 20; exec "$0" --input-type=module -e "$1"', process.execPath, script],
    {
      encoding: 'utf8',
    },
  );
  expect(stdout).toMatch(/The disk of .* is full .* Nothing half was published/u);
  expect(await readdir(join(folder, 'raw', 'erp'))).toEqual([]);
});

test('what a dead process left behind is removed, and an abort leaves nothing', async () => {
  const folder = await dataFolder();
  await mkdir(join(folder, 'raw', 'erp', '.landing-999999999-x'), { recursive: true });
  const path = await file(folder, 'Document,Supplier,Amount\n1,V1,10\n');
  const request = { dataFolder: folder, source, paths: [path] };
  await expect(landFiles({ ...request, signal: AbortSignal.abort() })).rejects.toThrow(/abort/iu);
  expect(await readdir(join(folder, 'raw', 'erp'))).toEqual([]);
});

test.each([
  ['a folder that is no file', ['.'], /expected a file/u],
  ['a file that is not there', ['nothing.csv'], /there is none that can be read/u],
])('%s is named', async (_, paths, message) => {
  const folder = await dataFolder();
  await expect(land(folder, source, paths)).rejects.toThrow(message);
});

test('wrong settings name the field, and a wrong column of a mapping the ones there are', async () => {
  const folder = await dataFolder();
  const path = await file(folder, 'a\n1\n');
  await expect(land(folder, { ...source, settings: {} }, [path])).rejects.toThrow(
    /Settings of source "erp" \(files\): mapping/u,
  );
  const wrong = { invoices: { match: '*', records: { invoice: { columns: { colour: 'a' } } } } };
  await expect(land(folder, { ...source, settings: { mapping: wrong } }, [path])).rejects.toThrow(
    /invoice has no column colour; it has invoice_id.*needs invoice_id/u,
  );
});

test('a statement that does not add up is held, with both figures', async () => {
  const folder = await dataFolder();
  const fixture = new URL(
    '../../ingest/connectors/camt053/fixtures/statement.xml',
    import.meta.url,
  );
  const text = (await readFile(fixture, 'utf8')).replace('860.00000', '861.00');
  const path = await file(folder, text, 'statement.xml');
  const [report] = await land(folder, { name: 'bank', connector: 'camt053', settings: {} }, [path]);
  expect(report?.outcome).toBe('held');
  expect(manifestOf(report).held_because).toMatch(/the source says 861, its rows make 860/u);
  const warehouse = await refreshed(folder);
  expect(await warehouse.rows('select count(*)::integer as n from bank_line')).toEqual([{ n: 0 }]);
});

test('a payout that differs from its lines is held', async () => {
  const folder = await dataFolder();
  const fixture = new URL(
    '../../ingest/connectors/payment-platform/fixtures/settlement.csv',
    import.meta.url,
  );
  const text = (await readFile(fixture, 'utf8')).replaceAll('-147.75', '-147.70');
  const path = await file(folder, text, 'settlement.csv');
  const [report] = await land(
    folder,
    { name: 'platform', connector: 'payment-platform', settings: {} },
    [path],
  );
  expect(manifestOf(report).held_because).toMatch(
    /payout P1 \(EUR\).*147\.7, its rows make 147\.75/u,
  );
});

test.each([
  [
    'a DOCTYPE',
    '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><Document>&e;</Document>',
    /DOCTYPE/u,
  ],
  [
    'nesting without end',
    `<Document><BkToCstmrStmt>${'<a>'.repeat(100)}`,
    /nested deeper than 64/u,
  ],
  ['another message', '<Document><BkToCstmrAcctRpt/></Document>', /camt\.052/u],
  ['no XML', 'Date,Amount\n', /expected well-formed XML/u],
])('%s is refused as a bank statement', async (_, text, message) => {
  const folder = await dataFolder();
  const path = await file(folder, text, 'statement.xml');
  const [report] = await land(folder, { name: 'bank', connector: 'camt053', settings: {} }, [path]);
  expect(refusal(report)).toMatch(message);
});
