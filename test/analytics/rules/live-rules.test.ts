import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readModels } from '#analytics/models.ts';
import { readLiveRules, writeLiveRules, type LiveRules } from '#analytics/rules/live-rules.ts';
import type { Rule } from '#analytics/rules/rule.ts';
import type { Warehouse } from '#analytics/warehouse.ts';
import { dataFolder, land, openPlain, type SourceRow } from '../warehouse/landed.ts';

const models = readModels().filter(({ name }) => !name.startsWith('kpi_'));
const often: Rule = {
  name: 'Often in a week',
  subject: 'payment_request',
  severity: 'medium',
  all: [
    {
      kind: 'aggregate',
      measure: 'sum',
      by: 'vendor',
      within_days: 7,
      operator: 'at_least',
      value: '250',
    },
  ],
  unless: [],
};
const live = (version: number, rule: Rule = often): LiveRules => ({
  rules: [{ rule_id: 'r1', version, rule }],
  lists: [],
  paused: [],
});
const request = (id: string, day: number, amount: string, vendor = 'V1'): SourceRow => ({
  payment_request_id: id,
  company_id: 'C1',
  vendor_id: vendor,
  requested_at: `2026-01-${String(day).padStart(2, '0')} 09:00:00`,
  status: 'in_approval',
  currency: 'EUR',
  amount,
});
const found = (warehouse: Warehouse) =>
  warehouse.rows(
    `select finding.detector, request.payment_request_id, finding.score, finding.reasons
     from finding join payment_flow as request on request.payment_request_key = finding.subject_key
     order by 1, 2`,
  );
const ids = async (warehouse: Warehouse) =>
  (await found(warehouse)).map((row) => row['payment_request_id']);

test('runs live rules with every refresh, over all data when one changes, equal to a rebuild', async () => {
  const folder = await dataFolder();
  await writeLiveRules(folder.path, live(1));
  await land(folder.path, {
    extractedAt: '2026-01-20T00:00:00.000Z',
    streams: { payment_request: [request('P1', 2, '100'), request('P2', 3, '200')] },
  });
  const warehouse = await openPlain(folder.path, { models, checks: [] });
  try {
    await warehouse.refresh();
    expect(await ids(warehouse)).toEqual(['P2']);
    // An earlier row that comes late changes what was found about a later one.
    await land(folder.path, {
      extractedAt: '2026-01-21T00:00:00.000Z',
      streams: {
        payment_request: [
          request('P0', 1, '60'),
          request('P3', 1, '200'),
          request('P4', 15, '250', 'V2'),
        ],
      },
    });
    await warehouse.refresh();
    const incremental = await found(warehouse);
    expect(incremental.map((row) => row['payment_request_id'])).toEqual([
      'P0',
      'P1',
      'P2',
      'P3',
      'P4',
    ]);
    await warehouse.rebuild();
    expect(await found(warehouse)).toEqual(incremental);

    const before = warehouse.generation;
    const stricter: Rule = {
      ...often,
      unless: [{ kind: 'number', field: 'amount_base', operator: 'below', value: '200' }],
    };
    expect(await writeLiveRules(folder.path, live(2, stricter))).toBe(true);
    await warehouse.refresh();
    expect(warehouse.generation).toBe(before + 1);
    const changed = await found(warehouse);
    expect(changed.map((row) => row['payment_request_id'])).toEqual(['P2', 'P3', 'P4']);
    await warehouse.rebuild();
    expect(await found(warehouse)).toEqual(changed);

    await writeLiveRules(folder.path, { rules: [], lists: [], paused: [] });
    await warehouse.refresh();
    expect(await found(warehouse)).toEqual([]);
    await writeLiveRules(folder.path, live(2, stricter));
    await warehouse.refresh();
    expect(await found(warehouse)).toEqual(changed);
  } finally {
    await warehouse.close();
    await folder.remove();
  }
}, 120_000);

test('keeps rules as they are and says so, and names the place in a file that is not ours', async () => {
  const folder = await dataFolder();
  expect(await readLiveRules(folder.path)).toEqual({ rules: [], lists: [], paused: [] });
  expect(await writeLiveRules(folder.path, live(1))).toBe(true);
  expect(await writeLiveRules(folder.path, live(1))).toBe(false);
  expect(await readLiveRules(folder.path)).toEqual(live(1));
  const text = await readFile(join(folder.path, 'rules.json'), 'utf8');
  await writeFile(join(folder.path, 'rules.json'), text.replace('payment_request', 'anything'));
  await expect(readLiveRules(folder.path)).rejects.toThrow('rules.0.rule.subject');
  await folder.remove();
});
