import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readFound, subjectsSeen, type FoundAlert } from '../../web/evaluate/alerts.ts';
import { readAnswerKey, type Instance } from '../../web/evaluate/answer-key.ts';
import { evaluate } from '../../web/evaluate/evaluation.ts';
import { openDemoWarehouse } from '../demo-warehouse.ts';

const alert = (alert: Partial<FoundAlert> & Pick<FoundAlert, 'subject_key'>): FoundAlert => ({
  detector: 'self_approval',
  kind: 'risk',
  also: [],
  day: '2026-03-02',
  expected_loss: 100,
  ...alert,
});

const instance = (incident_id: string, rest: Partial<Instance> = {}): Instance => ({
  incident_id,
  kind: 'self_approval',
  twin: false,
  detectors: ['self_approval'],
  subject_keys: [incident_id],
  ...rest,
});

it('spends the budget of a day on the largest expected losses', () => {
  const found = [
    alert({ subject_key: 'small', expected_loss: 1 }),
    alert({ subject_key: 'large', expected_loss: 1000 }),
    alert({ subject_key: 'next day', day: '2026-03-03', expected_loss: 0.1 }),
  ];
  const { seen, days } = subjectsSeen(found, 1);
  expect([...seen].sort()).toEqual(['large', 'next day']);
  expect(days).toBe(2);
});

it('counts a subject as one alert however many findings it has, on later days too', () => {
  const found = [
    alert({ subject_key: 'twice' }),
    alert({ subject_key: 'twice', detector: 'rubber_stamp', expected_loss: 90 }),
    alert({ subject_key: 'other', expected_loss: 80 }),
    alert({ subject_key: 'twice', day: '2026-03-03', expected_loss: 999 }),
    alert({ subject_key: 'late', day: '2026-03-03', expected_loss: 1 }),
  ];
  expect([...subjectsSeen(found, 2).seen].sort()).toEqual(['late', 'other', 'twice']);
});

it('gives recall, and precision against the twins', () => {
  const found = [
    alert({ subject_key: 'first' }),
    alert({ subject_key: 'twin' }),
    alert({ subject_key: 'wrong reason', detector: 'dormant_vendor' }),
  ];
  const result = evaluate(
    found,
    [
      instance('first'),
      instance('wrong reason'),
      instance('missed'),
      instance('twin', { twin: true }),
      instance('quiet twin', { twin: true }),
    ],
    20,
  );
  expect(result).toEqual({
    recall: 0.3333,
    precision_against_twins: 0.5,
    kinds: {
      self_approval: {
        incidents: 3,
        found: 1,
        recall: 0.3333,
        twins: 2,
        twins_flagged: 1,
        precision_against_twins: 0.5,
      },
    },
    budget: 20,
    days: 1,
    alerts: 3,
  });
});

it('finds an instance by any of its subjects and by the invoice of its request', () => {
  const found = [alert({ subject_key: 'request', also: ['event', 'invoice'] })];
  const result = evaluate(
    found,
    [instance('by member', { subject_keys: ['x', 'event'] }), instance('invoice')],
    1,
  );
  expect(result.recall).toBe(1);
});

it('limits risks by the budget, but not savings and delays', () => {
  const found = [
    alert({ subject_key: 'risk' }),
    alert({ subject_key: 'crowded out', expected_loss: 1 }),
    alert({ subject_key: 'saving', kind: 'saving', detector: 'missed_discount', expected_loss: 0 }),
  ];
  const result = evaluate(
    found,
    [
      instance('crowded out'),
      instance('saving', { kind: 'missed_discount', detectors: ['missed_discount'] }),
    ],
    1,
  );
  expect(result.kinds['self_approval']?.found).toBe(0);
  expect(result.kinds['missed_discount']?.found).toBe(1);
  expect(result.alerts).toBe(1);
});

it('gives no rate where there is nothing to divide by', () => {
  const result = evaluate([], [instance('twin', { twin: true })], 5);
  expect(result).toMatchObject({ recall: null, precision_against_twins: null, alerts: 0 });
});

it('reads subjects as the warehouse keys them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'quittance-key-'));
  try {
    await writeFile(
      join(folder, 'answer-key.csv'),
      'kind,twin,incident_id,subject,subject_id,detectors,date,is_open\n' +
        'split_below_limit,false,split-1,payment_request,PR-1,split_below_limit|just_below_limit,2026-01-02,false\n' +
        'split_below_limit,false,split-1,payment_request,PR-2,split_below_limit|just_below_limit,2026-01-03,true\n',
    );
    expect(await readAnswerKey(folder)).toEqual([
      {
        incident_id: 'split-1',
        kind: 'split_below_limit',
        twin: false,
        detectors: ['split_below_limit', 'just_below_limit'],
        // md5 over erp, payment_request and the id, separated by U+001F.
        subject_keys: [
          '440cb63b-0441-9bba-8114-2a92f362359d',
          '975c218c-f927-1b48-7025-7476a8f68c46',
        ],
      },
    ]);
    await expect(readAnswerKey(join(folder, 'none'))).rejects.toThrow('answer-key.csv');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it(
  'finds most incidents of the demo company and few of their twins at 20 alerts a day',
  async () => {
    const demo = await openDemoWarehouse();
    try {
      const instances = await readAnswerKey(demo.demoFolder);
      const result = evaluate(await readFound(demo.warehouse), instances, 20);
      expect(Object.keys(result.kinds).length).toBeGreaterThanOrEqual(20);
      expect(result.recall).toBeGreaterThan(0.8);
      expect(result.precision_against_twins).toBeGreaterThan(0.9);
    } finally {
      await demo.close();
    }
  },
  11 * 60 * 1000,
);
