import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Finding } from '#analytics/detectors/detector.ts';
import { findingsFor, groupIntoStories, openStories } from '#analytics/findings.ts';
import { suggestionRows, suggestions, suggestionVendors } from '#analytics/strategy/suggestions.ts';
import { bind } from '#analytics/result/bind.ts';
import type { Queryable, Row } from '#analytics/table.ts';
import { key, SmallWarehouse, type CellsByColumn } from './detectors/small-warehouse.ts';

function finding(name: string, changed: Partial<Finding> = {}): Finding {
  return {
    finding_key: key(name),
    detector: 'self_approval',
    kind: 'risk',
    subject: 'payment_request',
    subject_key: key('request'),
    payment_request_key: key('request'),
    company_key: key('Europe'),
    vendor_key: key('Acme'),
    score: 0.9,
    amount_at_stake: '1000.0000',
    currency: 'EUR',
    amount_at_stake_base: '1000.0000',
    reasons: [
      {
        id: `${name}_first`,
        values: {},
        actual: null,
        usual_low: null,
        usual_high: null,
        unit: '',
        share: 1,
      },
    ],
    evidence_keys: [],
    found_as_of: '2026-03-02T10:00:00.000Z',
    ...changed,
  };
}

describe('groupIntoStories', () => {
  test('makes one story of all findings on the way to one payment', () => {
    const [story, ...others] = groupIntoStories([
      finding('late', { found_as_of: '2026-03-04T10:00:00.000Z' }),
      finding('duplicate', {
        detector: 'duplicate_invoice_exact',
        subject: 'invoice',
        subject_key: key('invoice'),
        amount_at_stake: '900.0000',
        amount_at_stake_base: '900.0000',
      }),
    ]);
    expect(others).toEqual([]);
    expect(story?.lead_detector).toBe('duplicate_invoice_exact');
    expect(story?.subject_key).toBe(key('request'));
    expect(story?.finding_keys).toEqual([key('duplicate'), key('late')]);
    expect(story?.reasons.map((reason) => reason.id)).toEqual(['duplicate_first', 'late_first']);
    expect(story?.found_as_of).toBe('2026-03-02T10:00:00.000Z');
    // 0.8 x 0.9 = 0.72 leads; the second, 0.3 x 0.9 = 0.27, adds half of its share of the rest.
    expect(story?.probability).toBeCloseTo(0.72 + (0.28 * 0.27) / 2, 9);
    expect(story?.expected_loss).toBe('757.80');
    expect(story?.band).toBe('very_high');
  });

  test('keeps invoices without a request apart, and orders by expected loss, unknown last', () => {
    const alone = { subject: 'invoice', payment_request_key: null } as const;
    const stories = groupIntoStories([
      finding('unknown', { ...alone, subject_key: key('u'), amount_at_stake_base: null }),
      finding('small', { ...alone, subject_key: key('s'), amount_at_stake_base: '10.0000' }),
      finding('large', { ...alone, subject_key: key('l'), amount_at_stake_base: '5000.0000' }),
    ]);
    expect(stories.map((story) => story.subject_key)).toEqual([key('l'), key('s'), key('u')]);
    expect(stories[2]?.expected_loss).toBeNull();
  });

  test('gives the same stories whatever the order of findings, and never mixes risk and saving', () => {
    const findings = [
      finding('one'),
      finding('two', { detector: 'unusual_amount', score: 0.999 }),
      finding('saving', { detector: 'cheaper_channel', kind: 'saving' }),
    ];
    const stories = groupIntoStories(findings);
    expect(groupIntoStories(findings.toReversed())).toEqual(stories);
    expect(stories.map((story) => story.kind).sort()).toEqual(['risk', 'saving']);
    expect(new Set(stories.map((story) => story.story_key)).size).toBe(2);
  });

  test('says nothing about nothing', () => {
    expect(groupIntoStories([])).toEqual([]);
  });
});

describe('in a warehouse', () => {
  let small: SmallWarehouse;
  let queryable: Queryable;
  beforeEach(async () => {
    small = await SmallWarehouse.open();
    await small.connection.run(`create table finding (
      finding_key UUID, detector VARCHAR, kind VARCHAR, subject VARCHAR, partition_key VARCHAR, subject_key UUID,
      payment_request_key UUID, company_key UUID, vendor_key UUID, score DOUBLE, amount_at_stake DECIMAL(18,4),
      currency VARCHAR, amount_at_stake_base DECIMAL(18,4), reasons JSON, evidence_keys UUID[], found_as_of TIMESTAMP)`);
    queryable = queryableOf(small);
  });
  afterEach(() => {
    small.close();
  });

  const row = (name: string, cells: CellsByColumn = {}): CellsByColumn => ({
    finding_key: key(name),
    detector: 'self_approval',
    kind: 'risk',
    subject: 'payment_request',
    subject_key: key(name),
    payment_request_key: key(name),
    company_key: key('Europe'),
    vendor_key: key('Acme'),
    score: 0.9,
    amount_at_stake: '1000',
    currency: 'EUR',
    amount_at_stake_base: '1000',
    reasons: '[{"id":"approved_own_request","values":{},"share":1}]',
    found_as_of: '2026-03-02 10:00:00',
    ...cells,
  });
  const request = (
    name: string,
    status: string,
    executed_at: string | null = null,
  ): CellsByColumn => ({
    payment_request_key: key(name),
    status,
    executed_at,
  });
  const asOf = '2026-03-10T12:00:00.000Z';

  test('shows each reader the findings of their companies only', async () => {
    await small.insert('finding', [row('ours'), row('theirs', { company_key: key('America') })]);
    const found = await findingsFor(queryable, { company_keys: [key('Europe')], limit: 10 });
    expect(found.map((one) => one.finding_key)).toEqual([key('ours')]);
    expect(found[0]?.reasons[0]?.id).toBe('approved_own_request');
    expect(await findingsFor(queryable, { company_keys: [], limit: 10 })).toEqual([]);
    expect(await findingsFor(queryable, { company_keys: null, limit: 10 })).toHaveLength(2);
  });

  test('opens stories whose payment has not left, and duplicates paid in the last 30 days', async () => {
    const duplicate = { detector: 'duplicate_invoice_exact' };
    await small.insert('finding', [
      row('waiting'),
      row('held'),
      row('left'),
      row('rejected'),
      row('recoverable', duplicate),
      row('long gone', duplicate),
      row('found later', { found_as_of: '2026-03-11 10:00:00' }),
      row('saving', { kind: 'saving' }),
    ]);
    await small.insert('payment_flow', [
      request('waiting', 'in_approval'),
      request('held', 'held'),
      request('left', 'paid', '2026-03-05 16:00:00'),
      request('rejected', 'rejected'),
      request('recoverable', 'paid', '2026-03-05 16:00:00'),
      request('long gone', 'paid', '2026-01-05 16:00:00'),
      request('found later', 'in_approval'),
      request('saving', 'in_approval'),
    ]);
    const stories = await openStories(queryable, asOf, { limit: 100 });
    expect(stories.map((story) => story.subject_key).sort()).toEqual(
      [key('waiting'), key('held'), key('recoverable')].sort(),
    );
    expect(await openStories(queryable, asOf, { limit: 1 })).toHaveLength(1);
  });

  test('asks for the day when only open findings are wanted', async () => {
    await expect(
      findingsFor(queryable, { company_keys: null, openOnly: true, limit: 10 }),
    ).rejects.toThrow(/asOf/);
  });

  test('adds savings of a year up by pattern, exactly, down to vendors and rows', async () => {
    const saving = { kind: 'saving', detector: 'missed_discount' };
    const reasons = (id: string) => JSON.stringify([{ id, values: {} }]);
    const missed = { ...saving, reasons: reasons('discount_not_taken') };
    await small.insert('finding', [
      row('a', { ...missed, amount_at_stake_base: '100.10' }),
      row('b', { ...missed, amount_at_stake_base: '0.20' }),
      row('no rate', { ...missed, amount_at_stake_base: null }),
      row('other', { ...missed, vendor_key: key('Other'), amount_at_stake_base: '500' }),
      row('wire', {
        kind: 'saving',
        detector: 'cheaper_channel',
        reasons: JSON.stringify([
          {
            id: 'agreed_channel_cheaper',
            values: { channel: 'wire', cheaper_channel: 'sepa_credit_transfer' },
          },
        ]),
        amount_at_stake_base: '21.80',
      }),
      row('elsewhere', { ...missed, company_key: key('America') }),
      row('long ago', { ...missed, found_as_of: '2025-03-01 10:00:00' }),
    ]);
    const scope = { company_keys: [key('Europe')], asOf };
    const found = await suggestions(queryable, 'saving', scope);
    expect(found).toMatchObject([
      {
        id: 'missed_discount.discount_not_taken',
        saving_base: '600.3000',
        finding_count: 4,
        vendor_count: 2,
        without_rate: 1,
      },
      {
        id: 'cheaper_channel.agreed_channel_cheaper.wire.sepa_credit_transfer',
        channel: 'wire',
        saving_base: '21.8000',
      },
    ]);
    const [first] = found;
    if (!first) throw new Error('no suggestion to look into');
    const vendors = await suggestionVendors(queryable, first, scope);
    expect(vendors.map((one) => [one.vendor_key, one.saving_base])).toEqual([
      [key('Other'), '500.0000'],
      [key('Acme'), '100.3000'],
    ]);
    const page = (offset: number) => suggestionRows(queryable, first, scope, { limit: 3, offset });
    const rows = [...(await page(0)), ...(await page(3))];
    expect(rows.map((one) => one.saving_base)).toEqual(['500.0000', '100.1000', '0.2000', null]);
    expect(await suggestions(queryable, 'saving', { ...scope, company_keys: [] })).toEqual([]);
    expect(await suggestions(queryable, 'delay', scope)).toEqual([]);
  });
});

/** The read side over a plain connection: rows as the warehouse gives them. */
function queryableOf(small: SmallWarehouse): Queryable {
  return {
    async rows(sql, values = {}) {
      const prepared = await small.connection.prepare(sql);
      bind(prepared, values);
      const reader = await prepared.runAndReadAll();
      return reader.getRowObjectsJson() as Row[];
    },
    columns: () => Promise.reject(new Error('not used here')),
    arrow: () => Promise.reject(new Error('not used here')),
  };
}
