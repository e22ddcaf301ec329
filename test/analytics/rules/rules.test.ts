import { describe, expect, test } from 'vitest';
import * as v from 'valibot';
import { checkRule } from '#analytics/rules/check-rule.ts';
import { ruleDetector, type VersionedRule } from '#analytics/rules/compile.ts';
import { ruleSources } from '#analytics/rules/fields.ts';
import { entriesOf, type RuleList } from '#analytics/rules/lists.ts';
import { ruleSchema, type Condition, type Rule } from '#analytics/rules/rule.ts';
import { findingColumns } from '#analytics/detectors/detector.ts';
import { key, SmallWarehouse, type CellsByColumn } from '../detectors/small-warehouse.ts';

const asOf = '2026-11-01T00:00:00Z';
const listA = '00000000-0000-4000-8000-0000000000a1';
const listB = '00000000-0000-4000-8000-0000000000b1';
const rule = (given: Partial<Rule> = {}): Rule => ({
  name: 'Large and new',
  subject: 'payment_request',
  severity: 'high',
  all: [{ kind: 'number', field: 'amount_base', operator: 'at_least', value: '1000' }],
  unless: [],
  ...given,
});
const versioned = (given: Partial<Rule> = {}): VersionedRule => ({
  rule_id: 'r1',
  version: 3,
  rule: rule(given),
});
const list = (list_id: string, given: Partial<RuleList> = {}): RuleList => ({
  list_id,
  name: `list ${list_id.slice(-2)}`,
  entries: [],
  includes: [],
  expires_on: null,
  ...given,
});
const request = (name: string, given: CellsByColumn = {}): CellsByColumn => ({
  payment_request_key: key(name),
  company_key: key('company'),
  vendor_key: key('Acme'),
  requested_at: '2026-03-01 10:00:00',
  currency: 'EUR',
  amount: '500',
  amount_base: '500',
  ...given,
});

async function found(given: Partial<Rule>, rows: CellsByColumn[], lists: RuleList[] = []) {
  const warehouse = await SmallWarehouse.open();
  await warehouse.insert('payment_flow', rows);
  const findings = await warehouse.find(ruleDetector(versioned(given), lists));
  warehouse.close();
  return findings;
}

describe('a rule as a detector', () => {
  test('flags from its bound on, scores beyond it higher, and names itself and its version', async () => {
    const findings = await found({}, [
      request('below', { amount: '999.99', amount_base: '999.99' }),
      request('at', { amount: '1000', amount_base: '1000' }),
      request('far', { amount: '9000', amount_base: '9000' }),
      request('unknown', { amount: null, amount_base: null }),
    ]);
    expect(findings.map(({ subject_key }) => subject_key)).toEqual([key('at'), key('far')]);
    const [at, far] = findings;
    expect(at?.score).toBeCloseTo(0.375, 9);
    expect(far?.score).toBeGreaterThan(0.45);
    expect(at?.reasons[0]).toMatchObject({
      id: 'rule_matched',
      values: { rule: 'Large and new', version_count: 3 },
    });
    expect(at?.reasons.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
  });

  test('counts and adds up what came in the days before, and nothing that comes later', async () => {
    const window: Condition = {
      kind: 'aggregate',
      measure: 'sum',
      by: 'vendor',
      within_days: 7,
      operator: 'at_least',
      value: '1400',
    };
    const rows = [
      request('1', { requested_at: '2026-02-01 10:00:00', amount_base: '900' }),
      request('2', { requested_at: '2026-03-01 10:00:00' }),
      request('3', { requested_at: '2026-03-04 10:00:00' }),
      request('4', { requested_at: '2026-03-08 09:00:00' }),
      request('5', { requested_at: '2026-03-09 10:00:01', amount_base: '300' }),
      request('6', { requested_at: '2026-03-04 10:00:00', vendor_key: key('Other') }),
    ];
    const findings = await found({ all: [window] }, rows);
    expect(findings.map(({ subject_key }) => subject_key)).toEqual([key('4')]);
    expect(await found({ all: [window] }, rows.slice(0, 4))).toEqual(findings);
  });

  test('leaves out what its exceptions name, and asks its lists until they expire', async () => {
    const rows = [
      request('1', { amount_base: '2000', channel: 'card' }),
      request('2', { amount_base: '2000', vendor_key: key('Known'), channel: 'transfer' }),
      request('3', { amount_base: '2000', channel: 'transfer' }),
    ];
    const unless: Condition[] = [
      { kind: 'words', field: 'channel', operator: 'is', values: ['card'] },
      { kind: 'list', field: 'vendor_key', operator: 'in', list_id: listA },
    ];
    const lists = [
      list(listA, { includes: [listB] }),
      list(listB, { entries: [key('Known')], expires_on: '2026-12-31' }),
    ];
    const keys = async (of: RuleList[]) =>
      (await found({ unless }, rows, of)).map(({ subject_key }) => subject_key);
    expect(await keys(lists)).toEqual([key('3')]);
    const expired = lists.map((one) => ({ ...one, expires_on: '2026-10-31' }));
    expect(await keys(expired)).toEqual([key('2'), key('3')]);
  });

  test('binds every text: quotes and statements in values stay values', async () => {
    const evil = `'; drop table payment_flow; --`;
    const { find } = ruleDetector(
      versioned({
        name: evil,
        all: [{ kind: 'contains', field: 'description', value: evil }],
      }),
      [],
    );
    expect(find({}, asOf).sql).not.toContain('drop table');
    const findings = await found(
      { name: evil, all: [{ kind: 'contains', field: 'description', value: evil }] },
      [request('1', { description: `for ${evil}` }), request('2')],
    );
    expect(findings.map(({ reasons }) => reasons[0]?.values['rule'])).toEqual([evil]);
  });

  test('every field and every group of the allow-list runs and gives the columns of a finding', async () => {
    const warehouse = await SmallWarehouse.open();
    for (const [subject, source] of Object.entries(ruleSources)) {
      for (const { id, type } of source.fields) {
        const condition =
          type === 'yes_no'
            ? { kind: 'yes_no', field: id, is: true }
            : type === 'text' || type === 'key'
              ? { kind: 'words', field: id, operator: 'is', values: ['a'] }
              : { kind: 'number', field: id, operator: 'below', value: '3' };
        const parsed = v.parse(
          ruleSchema,
          rule({ subject: subject as 'invoice', all: [condition as Condition] }),
        );
        const reader = await warehouse.read(ruleDetector(versioned(parsed), []).find({}, asOf));
        expect(reader.columnNames(), id).toEqual([...findingColumns]);
      }
      for (const measure of ['count', 'sum', 'highest', 'average'] as const)
        for (const { id } of source.groups) {
          const all: Condition[] = [
            {
              kind: 'aggregate',
              measure,
              by: id,
              within_days: 30,
              operator: 'at_least',
              value: '2',
            },
          ];
          const parsed = v.parse(ruleSchema, rule({ subject: subject as 'invoice', all }));
          expect(await warehouse.find(ruleDetector(versioned(parsed), []))).toEqual([]);
        }
    }
    warehouse.close();
  });

  test.each([
    [
      'a field that is not in the list',
      { kind: 'number', field: 'status', operator: 'below', value: '3' },
    ],
    [
      'a field of another kind',
      { kind: 'number', field: 'channel', operator: 'below', value: '3' },
    ],
    [
      'an expression as a number',
      { kind: 'number', field: 'amount_base', operator: 'below', value: '1 or 1=1' },
    ],
    [
      'a window of no days',
      {
        kind: 'aggregate',
        measure: 'sum',
        by: 'vendor',
        within_days: 0,
        operator: 'below',
        value: '1',
      },
    ],
  ])('refuses %s', (_what, condition) => {
    expect(v.safeParse(ruleSchema, rule({ all: [condition as Condition] })).success).toBe(false);
  });
});

describe('the check of a rule', () => {
  const check = (given: Partial<Rule>, of: { lists?: RuleList[]; live?: Rule[] } = {}) =>
    checkRule(rule(given), {
      lists: of.lists ?? [],
      live: (of.live ?? []).map((one) => ({ rule_id: one.name, version: 1, rule: one })),
      asOf,
    }).map(({ code, values }) => [code, ...Object.values(values)]);
  const amount = (operator: 'at_least' | 'below', value: string): Condition => ({
    kind: 'number',
    field: 'amount_base',
    operator,
    value,
  });
  const count = (within_days: number, value: string): Condition => ({
    kind: 'aggregate',
    measure: 'count',
    by: 'vendor',
    within_days,
    operator: 'at_least',
    value,
  });
  const inList = (list_id: string): Condition => ({
    kind: 'list',
    field: 'vendor_key',
    operator: 'in',
    list_id,
  });

  test('finds nothing wrong with an ordinary rule', () => {
    expect(check({})).toEqual([]);
  });

  test.each([
    ['no condition', []],
    ['a count that is always reached', [count(7, '1')]],
  ])('names a rule that matches everything: %s', (_what, all) => {
    expect(check({ all })).toEqual([['matches_everything']]);
  });

  test.each([
    ['bounds that cross', [amount('at_least', '10'), amount('below', '10')]],
    [
      'words that exclude one another',
      [
        { kind: 'words', field: 'channel', operator: 'is', values: ['card'] },
        { kind: 'words', field: 'channel', operator: 'is_not', values: ['card', 'check'] },
      ],
    ],
    [
      'yes and no',
      [
        { kind: 'yes_no', field: 'urgent', is: true },
        { kind: 'yes_no', field: 'urgent', is: false },
      ],
    ],
  ] as [string, Condition[]][])('names a contradiction: %s', (_what, all) => {
    expect(check({ all })).toEqual([['never_matches']]);
  });

  test('names an exception that covers all the rest', () => {
    expect(check({ all: [amount('at_least', '10')], unless: [amount('at_least', '5')] })).toEqual([
      ['exception_covers_all'],
    ]);
  });

  test('names lists that include one another in a circle, and running them is refused in the same words', () => {
    const lists = [list(listA, { includes: [listB] }), list(listB, { includes: [listA] })];
    expect(check({ all: [inList(listA)] }, { lists })).toEqual([
      ['list_cycle', 'list a1 → list b1 → list a1'],
    ]);
    expect(() => entriesOf(lists, listA, asOf)).toThrow(
      'lists include one another in a circle: list a1 → list b1 → list a1; take one of these steps out',
    );
    expect(check({ all: [inList(listA)] })).toEqual([['list_missing']]);
  });

  test('names what it adds nothing to, what it takes over and what it repeats', () => {
    const live = rule({ name: 'Live', all: [amount('at_least', '1000'), count(30, '2')] });
    expect(check({ all: [amount('at_least', '2000'), count(7, '3')] }, { live: [live] })).toEqual([
      ['adds_nothing_to', 'Live'],
    ]);
    expect(check({ all: [count(60, '2')] }, { live: [live] })).toEqual([['takes_over', 'Live']]);
    expect(check({ all: live.all }, { live: [live] })).toEqual([['same_as', 'Live']]);
    const spared = { ...live, unless: [amount('at_least', '9000')] };
    expect(check({ all: live.all }, { live: [spared] })).toEqual([['takes_over', 'Live']]);
    expect(check({ all: [...live.all, amount('below', '9000')] }, { live: [spared] })).toEqual([
      ['adds_nothing_to', 'Live'],
    ]);
  });
});
