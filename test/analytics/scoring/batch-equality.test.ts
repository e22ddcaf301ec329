import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Reason } from '#analytics/detectors/detector.ts';
import { keyCode, recordKey, textCode, withCodes } from '#analytics/scoring/codes.ts';
import { jaroWinkler } from '#analytics/scoring/jaro-winkler.ts';
import { normalNumber } from '#analytics/scoring/normal-number.ts';
import type { PaymentToScore } from '#analytics/scoring/payment-to-score.ts';
import type { Profiles } from '#analytics/scoring/profiles.ts';
import { readProfiles } from '#analytics/scoring/read-profiles.ts';
import { questions, scorePayment } from '#analytics/scoring/score-payment.ts';
import { openDemoWarehouse, type DemoWarehouse } from '../../demo-warehouse.ts';
import { paymentsOf } from './demo-payments.ts';

let demo: DemoWarehouse;
let profiles: Profiles;
let payments: PaymentToScore[];

beforeAll(async () => {
  demo = await openDemoWarehouse();
  const { warehouse } = demo;
  profiles = await readProfiles(warehouse, {
    generation: warehouse.generation,
    as_of: warehouse.asOf,
    asked: questions.map(({ detector }) => detector),
    rules: { rules: [], lists: [], paused: [] },
  });
  payments = await paymentsOf(warehouse);
}, 300_000);
afterAll(() => demo.close());

interface Told {
  readonly score: number;
  readonly amount_at_stake: string;
  readonly reasons: readonly Reason[];
}

describe('a payment asked about alone', () => {
  it('gets the findings of the batch path, each with its score, amount and reasons', async () => {
    const alone = new Map<string, Told>();
    for (const payment of payments)
      for (const finding of scorePayment(payment, profiles).findings)
        alone.set(`${finding.detector} ${payment.payment_request_key}`, told(finding));
    const batch = await batchFindings();
    expect([...alone.keys()].sort()).toEqual([...batch.keys()].sort());
    expect(new Set([...batch.keys()].map((key) => key.split(' ')[0])).size).toBeGreaterThanOrEqual(
      8,
    );
    for (const [key, finding] of batch) {
      const found = alone.get(key);
      expect(found?.score, key).toBeCloseTo(finding.score, 9);
      expect({ ...found, score: 0 }, key).toEqual({ ...finding, score: 0 });
    }
  });

  it('has every detector of kind risk either asked or named with the reason why not', () => {
    const [payment] = payments;
    if (payment === undefined) throw new Error('the demo has no payment');
    const { asked, not_asked } = scorePayment(payment, profiles);
    const named = [...asked, ...not_asked.map(({ detector }) => detector)];
    expect(new Set(named).size).toBe(named.length);
    expect(named.length).toBeGreaterThan(40);
  });

  it('names detectors that rest and rules that only the batch path can ask', () => {
    const [payment] = payments;
    if (payment === undefined) throw new Error('the demo has no payment');
    const resting = {
      ...profiles,
      paused: new Set(['self_approval']),
      rule_versions: { rule_a: 3 },
    };
    const { asked, not_asked } = scorePayment(payment, resting);
    expect(asked).not.toContain('self_approval');
    expect(not_asked).toContainEqual({ detector: 'self_approval', because: 'paused' });
    expect(not_asked).toContainEqual({ detector: 'rule_a', because: 'not_single' });
  });

  it('is never released when something that decides is unknown', () => {
    const quiet = payments.find((one) => scorePayment(one, profiles).suggestion === 'release');
    if (quiet === undefined) throw new Error('every payment of the demo was held');
    const suggestionFor = (change: Partial<PaymentToScore>) =>
      scorePayment({ ...quiet, ...change }, profiles);
    expect(suggestionFor({}).suggestion).toBe('release');
    expect(suggestionFor({ vendor_key: recordKey('erp', 'vendor', 'nobody') })).toMatchObject({
      suggestion: 'review',
      score: null,
      unknowns: ['vendor'],
    });
    expect(suggestionFor({ currency: 'XAF' }).suggestion).toBe('review');
    expect(suggestionFor({ account_token: null }).suggestion).toBe('review');
    expect(suggestionFor({ invoice: null }).suggestion).toBe('review');
    expect(suggestionFor({ requested_by_key: null }).suggestion).toBe('review');
    expect(suggestionFor({ amount: Number.NaN }).suggestion).not.toBe('release');
    expect(suggestionFor({ requested_at: Date.UTC(1990, 0) })).toMatchObject({
      suggestion: 'review',
      unknowns: expect.arrayContaining(['vendor_history']) as unknown,
    });
  });
});

function told({ score, amount_at_stake, reasons }: Told): Told {
  // Shares are sums of fractions: their last digit depends on the order of adding.
  return {
    score,
    amount_at_stake,
    reasons: reasons.map((reason) => ({ ...reason, share: Number(reason.share.toFixed(9)) })),
  };
}

async function batchFindings(): Promise<Map<string, Told>> {
  const read = await demo.warehouse.columns(
    `select detector || ' ' || payment_request_key::varchar as name, score,
       amount_at_stake::varchar as amount_at_stake, reasons::varchar as reasons
     from finding where payment_request_key is not null and list_contains($asked, detector)`,
    { asked: questions.map(({ detector }) => detector.id) },
  );
  const found = new Map<string, Told>();
  for (let row = 0; row < read.rowCount; row += 1)
    found.set(
      String(read.column['name']?.[row]),
      told({
        score: Number(read.column['score']?.[row]),
        amount_at_stake: String(read.column['amount_at_stake']?.[row]),
        reasons: JSON.parse(String(read.column['reasons']?.[row])) as Reason[],
      }),
    );
  return found;
}

describe('what TypeScript and SQL both compute', () => {
  const asSql = async (sql: string, values: Record<string, string>) => {
    const [row] = await demo.warehouse.rows(`select ${withCodes(sql)} as result`, values);
    return row?.['result'] ?? null;
  };

  it('codes keys and texts alike', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uuid(), fc.string({ unit: 'grapheme' }), async (key, text) => {
        expect(await asSql('@key($key)', { key })).toBe(keyCode(key));
        expect(await asSql('@code($text)', { text })).toBe(textCode(text));
      }),
      { numRuns: 50 },
    );
  });

  it('compares names alike', async () => {
    const name = fc.string({ unit: fc.constantFrom(...'aabcdeü é北京'), maxLength: 14 });
    await fc.assert(
      fc.asyncProperty(name, name, async (left, right) => {
        const similarity = await asSql('jaro_winkler_similarity($left, $right)', { left, right });
        expect(jaroWinkler(left, right)).toBeCloseTo(Number(similarity), 9);
      }),
      { numRuns: 300 },
    );
  });

  it('reads invoice numbers alike', async () => {
    const number = fc.string({ unit: fc.constantFrom(...'00a1ßé/- 北.Z'), maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(number, async (text) => {
        const normal = `nullif(ltrim(regexp_replace(upper($text), '[^\\p{L}\\p{N}]', '', 'g'), '0'), '')`;
        expect(normalNumber(text)).toBe(await asSql(normal, { text }));
      }),
      { numRuns: 200 },
    );
  });
});
