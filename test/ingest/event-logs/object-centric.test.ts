import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeLog } from '#analytics/process/log/encode.ts';
import { processFigures } from '#analytics/process/log/figures.ts';
import { readEventLog } from '#ingest/event-logs/read-event-log.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quittance-ocel-'));
  await writeFile(join(folder, 'two.json'), JSON.stringify(version2()));
  await writeFile(join(folder, 'one.jsonocel'), JSON.stringify(version1()));
  writeDatabase(join(folder, 'two.sqlite'));
});
afterAll(() => rm(folder, { recursive: true }));

const touched = [
  ['order', '2024-01-01T10:00:00Z', ['o1', 'i1', 'i2']],
  ['pack', '2024-01-02T10:00:00Z', ['i1']],
  ['pack', '2024-01-03T10:00:00Z', ['i2']],
  ['ship', '2024-01-04T10:00:00Z', ['o1', 'i1', 'i2']],
] as const;
const objects = { o1: 'order', i1: 'item', i2: 'item' };

function version2() {
  return {
    objectTypes: [{ name: 'order', attributes: [] }],
    eventTypes: [],
    objects: Object.entries(objects).map(([id, type]) => ({ id, type })),
    events: touched.map(([type, time, ids], at) => ({
      id: `e${at}`,
      type,
      time,
      attributes: [],
      relationships: ids.map((objectId) => ({ objectId, qualifier: '' })),
    })),
  };
}

function version1() {
  return {
    'ocel:objects': Object.fromEntries(
      Object.entries(objects).map(([id, type]) => [id, { 'ocel:type': type }]),
    ),
    'ocel:events': Object.fromEntries(
      touched.map(([activity, time, ids], at) => [
        `e${at}`,
        { 'ocel:activity': activity, 'ocel:timestamp': time, 'ocel:omap': ids, 'ocel:vmap': {} },
      ]),
    ),
  };
}

function writeDatabase(path: string): void {
  const database = new DatabaseSync(path);
  database.exec(`create table event (ocel_id text, ocel_type text);
    create table object (ocel_id text, ocel_type text);
    create table event_object (ocel_event_id text, ocel_object_id text, ocel_qualifier text);
    create table event_map_type (ocel_type text, ocel_type_map text);`);
  for (const [id, type] of Object.entries(objects))
    database.prepare('insert into object values (?, ?)').run(id, type);
  for (const type of ['order', 'pack', 'ship']) {
    database.exec(`create table event_${type} (ocel_id text, ocel_time text)`);
    database.prepare('insert into event_map_type values (?, ?)').run(type, type);
  }
  for (const [at, [type, time, ids]] of touched.entries()) {
    database.prepare('insert into event values (?, ?)').run(`e${at}`, type);
    database.prepare(`insert into event_${type} values (?, ?)`).run(`e${at}`, time);
    for (const id of ids)
      database.prepare('insert into event_object values (?, ?, ?)').run(`e${at}`, id, '');
  }
  database.close();
}

test.each(['two.json', 'one.jsonocel', 'two.sqlite'])('%s: the lives of items', async (name) => {
  const found = processFigures(
    encodeLog(await readEventLog(join(folder, name), { object_type: 'item' })),
  );
  expect(found).toMatchObject({ cases: 2, events: 6, variants: 1 });
  expect(found.dfg).toMatchObject([
    { from: 'order', to: 'pack', count: 2, mean: 1.5 * 86_400 },
    { from: 'pack', to: 'ship', count: 2, mean: 1.5 * 86_400 },
  ]);
});

test.each(['two.json', 'one.jsonocel', 'two.sqlite'])(
  '%s: events that touch no order are counted as left out',
  async (name) => {
    const found = processFigures(
      encodeLog(await readEventLog(join(folder, name), { object_type: 'order' })),
    );
    expect(found).toMatchObject({ cases: 1, events: 2 });
    expect(found.left_out).toMatchObject([{ reason: 'no_case', count: 2 }]);
  },
);

test('asks for the type of object, with those there are', async () => {
  await expect(readEventLog(join(folder, 'two.json'))).rejects.toThrow(
    /--object-type, one of: order \(1\), item \(2\)/,
  );
  await expect(readEventLog(join(folder, 'two.sqlite'), { object_type: 'truck' })).rejects.toThrow(
    'got "truck"',
  );
});

test('says what is missing in JSON and databases that are no object-centric logs', async () => {
  await writeFile(join(folder, 'other.json'), '{"rows": []}');
  await expect(readEventLog(join(folder, 'other.json'))).rejects.toThrow(
    'expected an object-centric log',
  );
  await writeFile(join(folder, 'cut.json'), '{"objects": [');
  await expect(readEventLog(join(folder, 'cut.json'))).rejects.toThrow('may be cut off');
  const database = new DatabaseSync(join(folder, 'other.sqlite'));
  database.exec('create table payment (id text)');
  database.close();
  await expect(readEventLog(join(folder, 'other.sqlite'))).rejects.toThrow(
    'it has no table event, object, event_object, event_map_type (found: payment)',
  );
});
