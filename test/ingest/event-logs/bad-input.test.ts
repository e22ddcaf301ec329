/** Logs that are broken, hostile or just unusual: a clear message or a sensible result, bounded memory. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeLog } from '#analytics/process/log/encode.ts';
import { processFigures } from '#analytics/process/log/figures.ts';
import type { LogMapping } from '#ingest/event-logs/log-mapping.ts';
import { readEventLog } from '#ingest/event-logs/read-event-log.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quittance-logs-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function figures(name: string, content: string | Buffer, mapping: LogMapping = {}) {
  const path = join(folder, name);
  await writeFile(path, content);
  return processFigures(encodeLog(await readEventLog(path, mapping)));
}

function event(activity: string, time: string, more = ''): string {
  return `<event><string key="concept:name" value="${activity}"/><date key="time:timestamp" value="${time}"/>${more}</event>`;
}

function xes(traces: string, before = ''): string {
  return `<?xml version="1.0" encoding="UTF-8"?>${before}<log>${traces}</log>`;
}

const oneTrace = xes(
  `<trace><string key="concept:name" value="A1"/>${event('submit', '2024-01-01T10:00:00Z')}${event('pay', '2024-01-01T11:00:00+01:00')}</trace>`,
);

describe('XES', () => {
  test('reads stamps of different zones as the same clock', async () => {
    const { dfg } = await figures('zones.xes', oneTrace);
    expect(dfg).toMatchObject([{ from: 'submit', to: 'pay', count: 1, sum: 0 }]);
  });

  test('refuses a document type, and so every bomb of entities', async () => {
    const bomb = xes(
      `<trace>${event('&lol9;', '2024-01-01T10:00:00Z')}</trace>`,
      '<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol9 "&lol;&lol;">]>',
    );
    await expect(figures('bomb.xes', bomb)).rejects.toThrow(/bomb\.xes: .*DOCTYPE.*refused/);
  });

  test('refuses an entity that nothing defines', async () => {
    const text = xes(`<trace>${event('&secret;', '2024-01-01T10:00:00Z')}</trace>`);
    await expect(figures('entity.xes', text)).rejects.toThrow('got "&secret;"');
  });

  test('replaces the five entities and character numbers', async () => {
    const text = xes(`<trace>${event('R&amp;D &#8364; &lt;x>', '2024-01-01T10:00:00Z')}</trace>`);
    expect(Object.keys((await figures('references.xes', text)).start)).toEqual(['R&D € <x>']);
  });

  test('says that a gzip file is cut off', async () => {
    const packed = gzipSync(Buffer.from(oneTrace.repeat(200)));
    await expect(figures('cut.xes.gz', packed.subarray(0, 300))).rejects.toThrow(
      /cut\.xes\.gz: the gzip file is cut off/,
    );
  });

  test('says that a document is cut off, wherever the cut falls', async () => {
    for (let length = 60; length < oneTrace.length - 1; length += 7)
      await expect(figures('part.xes', oneTrace.slice(0, length))).rejects.toThrow(
        /cut off|damaged/,
      );
  });

  test('refuses elements that do not nest', async () => {
    await expect(figures('nest.xes', '<log><trace></log></trace>')).rejects.toThrow(
      'expected </trace>, got </log>',
    );
  });

  test('names a trace without a name, and leaves out events without time or activity', async () => {
    const text = xes(
      `<trace>${event('submit', '2024-01-01T10:00:00Z')}${event('pay', 'soon')}<event><string key="concept:name" value="x"/></event><event><date key="time:timestamp" value="2024-01-01T10:00:00Z"/></event></trace>`,
    );
    const found = await figures('holes.xes', text);
    expect(found).toMatchObject({ cases: 1, events: 1 });
    expect(
      found.left_out.map(({ reason, count, first_row }) => [reason, count, first_row]),
    ).toEqual([
      ['unreadable_time', 1, 1],
      ['no_time', 1, 2],
      ['no_activity', 1, 3],
    ]);
  });

  test('ignores attributes of attributes, comments and other elements', async () => {
    const nested =
      '<string key="org:role" value="clerk"><string key="org:role" value="inner"/></string><list key="l"><values><string key="concept:name" value="inner"/></values></list>';
    const text = xes(
      `<global scope="event"><string key="concept:name" value="default"/></global><!-- <trace> --><trace>${event('submit', '2024-01-01T10:00:00Z', nested)}${event('pay', '2024-01-02T10:00:00Z', nested)}</trace>`,
    );
    const found = await figures('nested.xes', text);
    expect(found.start).toEqual({ submit: 1 });
    expect(found.handover_role).toEqual([['clerk', 'clerk', 1]]);
  });

  test('joins start and completion, and waits from one completion to the next start', async () => {
    const phase = (activity: string, transition: string, time: string) =>
      event(activity, time, `<string key="lifecycle:transition" value="${transition}"/>`);
    const text = xes(
      `<trace>${phase('submit', 'start', '2024-01-01T10:00:00Z')}${phase('submit', 'complete', '2024-01-01T11:00:00Z')}${phase('pay', 'schedule', '2024-01-01T11:30:00Z')}${phase('pay', 'start', '2024-01-01T12:00:00Z')}${phase('pay', 'complete', '2024-01-01T15:00:00Z')}</trace>`,
    );
    const paired = await figures('phases.xes', text);
    expect(paired.dfg).toMatchObject([{ from: 'submit', to: 'pay', sum: 3600 }]);
    expect(paired.case_duration_s.max).toBe(5 * 3600);
    expect(paired.left_out).toMatchObject([{ reason: 'other_life_cycle', count: 1 }]);
    const complete = await figures('phases.xes', text, { life_cycle: 'complete' });
    expect(complete.dfg).toMatchObject([{ sum: 4 * 3600 }]);
    expect((await figures('phases.xes', text, { life_cycle: 'all' })).events).toBe(5);
  });
});

describe('CSV', () => {
  test('says which columns there are when none names the case', async () => {
    await expect(
      figures('nocase.csv', 'colour,activity,timestamp\nred,pay,2024-01-01\n'),
    ).rejects.toThrow(/names the case.*"colour", "activity", "timestamp".*--case COLUMN/);
  });

  test('says so when none names the time', async () => {
    await expect(figures('notime.csv', 'case_id,activity,colour\n1,pay,red\n')).rejects.toThrow(
      /names the time.*--timestamp COLUMN/,
    );
  });

  test('refuses a column that is not there', async () => {
    const text = 'case_id,activity,timestamp\n1,pay,2024-01-01\n';
    await expect(figures('told.csv', text, { case: 'order' })).rejects.toThrow(
      'expected a column "order" for the case',
    );
  });

  test('reads semicolons, a byte order mark, quotes and headings in other words', async () => {
    const text =
      '\ufeff"Case ID";"Activity";"Complete Timestamp"\r\n1;"pay; twice";01.02.2024 10:00\r\n1;check;01.02.2024 12:00\r\n';
    expect((await figures('semicolon.csv', text)).dfg).toMatchObject([
      { from: 'pay; twice', to: 'check', sum: 7200 },
    ]);
  });

  test.each([
    ['13/04/2024 10:00', '03/05/2024 10:00', 20],
    ['04/13/2024 10:00 AM', '05/03/2024 10:00 AM', 20],
    ['2024/04/13 10:00', '2024/05/03 10:00', 20],
    ['13-Apr-2024 10:00', '03-May-2024 10:00', 20],
    ['20240413T100000Z', '20240503T100000Z', 20],
    ['1713002400', '1714730400', 20],
  ])('finds the order of day and month in %s', async (first, second, days) => {
    const text = `case,activity,time\n1,submit,${first}\n1,pay,${second}\n`;
    expect((await figures('dates.csv', text)).dfg).toMatchObject([{ sum: days * 86_400 }]);
  });

  test('asks when every date can be read either way, and does as told', async () => {
    const text = 'case,activity,time\n1,submit,03/04/2024\n1,pay,05/04/2024\n';
    await expect(figures('either.csv', text)).rejects.toThrow(
      /"03\/04\/2024" can mean 2024-04-03 or 2024-03-04.*--date-order/,
    );
    const dayFirst = await figures('either.csv', text, { date_order: 'day_first' });
    expect(dayFirst.dfg).toMatchObject([{ sum: 2 * 86_400 }]);
    const monthFirst = await figures('either.csv', text, { date_order: 'month_first' });
    expect(monthFirst.dfg).toMatchObject([{ sum: 61 * 86_400 }]);
  });

  test('refuses dates that need both orders', async () => {
    const text = 'case,activity,time\n1,submit,13/04/2024\n1,pay,04/13/2024\n';
    await expect(figures('both.csv', text)).rejects.toThrow(/expected one order of day and month/);
  });

  test('asks when some times name their zone and some do not', async () => {
    const text = 'case,activity,time\n1,submit,2024-01-01T10:00:00Z\n1,pay,2024-01-01T12:00:00\n';
    await expect(figures('mixed.csv', text)).rejects.toThrow(
      /1 with .* and 1 without .*--zone-offset/,
    );
    const told = await figures('mixed.csv', text, { zone_offset_minutes: 60 });
    expect(told.dfg).toMatchObject([{ sum: 3600 }]);
  });

  test('says that there is nothing in an empty file, and nothing to place in unreadable rows', async () => {
    await expect(figures('empty.csv', '')).rejects.toThrow('empty.csv: the file is empty');
    await expect(figures('unreadable.csv', 'case,activity,time\n1,pay,soon\n')).rejects.toThrow(
      /1 unreadable_time \(first: "soon"\)/,
    );
  });

  test('gives zeros and nulls for a log with a header only', async () => {
    const found = await figures('header.csv', 'case,activity,time\n');
    expect(found).toMatchObject({ cases: 0, events: 0, variants: 0, dfg: [], rework: {} });
    expect(found.case_duration_s.median_interp).toBeNull();
    expect(found.case_arrival_avg).toBeNull();
  });

  test('keeps the order of the file where times are equal', async () => {
    const text =
      'case,activity,time\n1,b,2024-01-01\n2,x,2024-01-01\n1,a,2024-01-01\n1,first,2023-12-31\n';
    const { top_variants } = await figures('ties.csv', text);
    expect(top_variants).toContainEqual({ n: 1, acts: ['first', 'b', 'a'] });
  });

  test('takes a start that lies after its completion as the completion', async () => {
    const text =
      'case,activity,start_time,end_time\n1,a,2024-01-01 09:00,2024-01-01 10:00\n1,b,2024-01-01 14:00,2024-01-01 12:00\n';
    expect((await figures('reversed.csv', text)).dfg).toMatchObject([{ sum: 7200, min: 7200 }]);
  });

  test('counts cases of one event', async () => {
    const rows = Array.from({ length: 50 }, (_, at) => `${at},pay,2024-01-01`).join('\n');
    const found = await figures('single.csv', `case,activity,time\n${rows}\n`);
    expect(found).toMatchObject({ cases: 50, events: 50, dfg: [], variants: 1 });
    expect(found.case_duration_s.max).toBe(0);
  });
});

describe('size', () => {
  test('a case of 100,000 events takes seconds, not minutes', async () => {
    const rows = Array.from(
      { length: 100_000 },
      (_, at) => `1,step ${at % 50},${new Date(1.7e12 - at * 1000).toISOString()}`,
    );
    const found = await figures('long.csv', `case,activity,time\n${rows.join('\n')}\n`);
    expect(found).toMatchObject({ cases: 1, events: 100_000, variants: 1 });
    expect(found.dfg.reduce((sum, { count }) => sum + count, 0)).toBe(99_999);
    expect(found.case_duration_s.max).toBe(99_999);
  }, 20_000);

  test('10,000 different activities have a map, and no profile of their squares', async () => {
    const rows = Array.from(
      { length: 20_000 },
      (_, at) => `${at % 7},step ${at % 10_000},${new Date(1.7e12 + at * 1000).toISOString()}`,
    );
    const found = await figures('wide.csv', `case,activity,time\n${rows.join('\n')}\n`);
    expect(found.activities).toBe(10_000);
    expect(found.temporal_profile).toBeUndefined();
    expect(found.dfg.reduce((sum, { count }) => sum + count, 0)).toBe(20_000 - 7);
  }, 20_000);

  test('an activity column that names documents is refused', async () => {
    const rows = Array.from({ length: 65_536 }, (_, at) => `1,document ${at},2024-01-01`);
    await expect(
      figures('documents.csv', `case,activity,time\n${rows.join('\n')}\n`),
    ).rejects.toThrow('expected at most 65535 different activities, got 65536');
  }, 20_000);
});
