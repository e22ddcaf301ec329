import { describe, expect, test } from 'vitest';
import { calendarYear, type FiscalCalendar } from '#analytics/kpis/fiscal.ts';
import type { Baseline } from '#analytics/kpis/baseline.ts';
import { readPeriod } from '#lib/url-state.ts';
import {
  fiscalCalendar,
  fiscalRanges,
  readCalendar,
  saveCalendar,
} from '../../../../web/src/lib/server/fiscal-calendar.ts';
import { ungroupedKpis } from '../../../../web/src/lib/server/reads/kpi-list.ts';
import {
  declareChange,
  declaredChange,
  listDeclaredChanges,
  withdrawChange,
} from '../../../../web/src/lib/server/state/declared-changes.ts';
import {
  listTargets,
  setTarget,
  targetsFor,
} from '../../../../web/src/lib/server/state/targets.ts';
import { companyA, companyB, freshState, somebody } from '../fresh-state.ts';

test('every KPI of the catalogue is in a group of the list', () => {
  expect(ungroupedKpis()).toEqual([]);
});

describe('targets', () => {
  test('an entity has its own before that of the group, and each change is in the audit log', async () => {
    const state = await freshState();
    const person = await somebody(state, { roles: ['cfo'] });
    const set = (kpi_id: string, company_key: string | null, value: string | null) =>
      setTarget(state, person, { kpi_id, company_key, value });
    await set('on_time_rate', null, '0.90');
    await set('on_time_rate', null, '0.95');
    await set('on_time_rate', companyA, '0.8');
    await set('paid_amount', null, '1000000');
    const all = await listTargets(state, null);
    const held = (keys: readonly string[] | null) => Object.fromEntries(targetsFor(all, keys));
    expect(held(null)).toEqual({ on_time_rate: 0.95, paid_amount: 1_000_000 });
    expect(held([companyA])).toEqual({ on_time_rate: 0.8 });
    // One entity is held to the group's rate, not to its amount.
    expect(held([companyB])).toEqual({ on_time_rate: 0.95 });
    expect(held([companyA, companyB])).toEqual({});
    expect((await listTargets(state, [companyB])).map((one) => one.company_key)).toEqual([
      null,
      null,
    ]);
    await set('on_time_rate', companyA, null);
    const log = await state.query(
      `select action, before, after from audit_log where subject = 'on_time_rate' order by id`,
    );
    expect(log).toEqual([
      { action: 'target.set', before: null, after: { company_key: null, value: '0.90' } },
      {
        action: 'target.set',
        before: { company_key: null, value: '0.9' },
        after: { company_key: null, value: '0.95' },
      },
      { action: 'target.set', before: null, after: { company_key: companyA, value: '0.8' } },
      { action: 'target.removed', before: { company_key: companyA, value: '0.8' }, after: null },
    ]);
  });
});

describe('declared changes', () => {
  const baseline = { hash: 'f'.repeat(64), from: '2026-01-05', weeks: [] } as unknown as Baseline;

  test('are seen within their entity only, keep their baseline, and can be withdrawn', async () => {
    const state = await freshState();
    const person = await somebody(state, { roles: ['cfo'] });
    const change = { name: 'Parallel review', kpi_id: 'on_time_rate', starts_on: '2026-03-30' };
    const own = await declareChange(state, person, { ...change, company_key: companyA, baseline });
    await declareChange(state, person, { ...change, company_key: null, baseline });
    const ids = async (keys: readonly string[] | null) =>
      (await listDeclaredChanges(state, keys, 'on_time_rate')).map((one) => one.company_key);
    expect((await ids(null)).length).toBe(2);
    expect(await ids([companyA])).toEqual([companyA]);
    expect(await ids([companyB])).toEqual([]);
    expect(await declaredChange(state, [companyB], own)).toBeNull();
    expect(await declaredChange(state, [companyA], own)).toMatchObject({
      baseline,
      starts_on: '2026-03-30',
      baseline_hash: baseline.hash,
    });
    const other = await somebody(state, { roles: ['cfo'], company_keys: [companyB] });
    expect(await withdrawChange(state, other, own)).toBe(false);
    expect(await withdrawChange(state, person, own)).toBe(true);
    expect(await withdrawChange(state, person, own)).toBe(false);
    const log = await state.query<{ action: string }>(
      'select action from audit_log where subject = $1 order by id',
      [own],
    );
    expect(log.map(({ action }) => action)).toEqual(['change.declared', 'change.withdrawn']);
  });
});

describe('the fiscal calendar', () => {
  const retail: FiscalCalendar = {
    kind: 'weeks',
    pattern: '4-5-4',
    month: 1,
    weekday: 6,
    ends: 'nearest',
  };

  test('is the calendar year until somebody sets it, and setting it is audited', async () => {
    const state = await freshState();
    expect(await fiscalCalendar(state)).toEqual(calendarYear);
    await saveCalendar(state, await somebody(state, { roles: ['cfo'] }), retail);
    expect(await fiscalCalendar(state)).toEqual(retail);
    const [row] = await state.query(
      `select before, after from audit_log where action = 'fiscal_calendar.set'`,
    );
    expect(row).toEqual({ before: calendarYear, after: retail });
  });

  test('refuses what is no calendar', () => {
    expect(readCalendar({ kind: 'months', first_month: 13 })).toBeNull();
    expect(readCalendar({ ...retail, pattern: '3-5-5' })).toBeNull();
    expect(readCalendar(retail)).toEqual(retail);
  });

  test('moves the presets of the period picker, and nothing in a calendar year', () => {
    expect(fiscalRanges(calendarYear, '2026-11-19')).toEqual({});
    const fiscal = fiscalRanges(retail, '2023-11-19');
    const period = (query: string) =>
      readPeriod(new URLSearchParams(query), '2023-11-19', 'month-to-date', fiscal);
    // NRF 2023: the year begins on 29 January, the fourth quarter and November on 29 October.
    expect(period('period=year-to-date')).toMatchObject({ from: '2023-01-29', to: '2023-11-20' });
    expect(period('')).toMatchObject({
      id: 'month-to-date',
      from: '2023-10-29',
      to: '2023-11-20',
      previous: { from: '2023-10-01', to: '2023-10-23' },
    });
    expect(period('period=last-month')).toMatchObject({ from: '2023-10-01', to: '2023-10-29' });
    expect(period('compare=year').previous.from).toBe('2022-10-30');
    expect(period('period=2023-11-01..2023-11-03').from).toBe('2023-11-01');
    expect(period('period=last-7-days').from).toBe('2023-11-13');
  });
});
