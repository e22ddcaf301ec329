import { fail, redirect } from '@sveltejs/kit';
import * as v from 'valibot';
import { freezeBaseline } from '#analytics/kpis/baseline.ts';
import { kpis } from '#analytics/kpis/catalogue.ts';
import { formatDate, formatDateTime } from '#lib/format.ts';
import { m } from '#lib/paraglide/messages.js';
import { application } from '#lib/server/application.ts';
import { can } from '#lib/server/auth/permissions.ts';
import { signedIn } from '#lib/server/auth/signed-in.ts';
import { fiscalCalendar, readCalendar, saveCalendar } from '#lib/server/fiscal-calendar.ts';
import { messageText } from '#lib/server/message-text.ts';
import { readFrame } from '#lib/server/reads/frame.ts';
import { findKpi } from '#lib/server/reads/kpi-detail.ts';
import { kpiName, targetText } from '#lib/server/reads/kpi-tile.ts';
import {
  declareChange,
  listDeclaredChanges,
  withdrawChange,
} from '#lib/server/state/declared-changes.ts';
import { listTargets, setTarget } from '#lib/server/state/targets.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
  const person = signedIn(locals);
  const { state, configuration } = application();
  const currency = configuration.group_currency;
  const [frame, targets, changes, calendar] = await Promise.all([
    readFrame(person),
    listTargets(state, person.company_keys),
    listDeclaredChanges(state, person.company_keys),
    fiscalCalendar(state),
  ]);
  const entity = (key: string | null): string =>
    frame.companies.find(({ company_key }) => company_key === key)?.name ?? m.goals_group();
  const name = (id: string): string => {
    const kpi = findKpi(id);
    return kpi === null ? id : kpiName(kpi);
  };
  return {
    asked: url.searchParams.get('kpi') ?? '',
    may_manage: can(person, 'goals.manage'),
    sees_all: person.company_keys === null,
    kpis: kpis.map((kpi) => ({
      id: kpi.id,
      name: kpiName(kpi),
      unit: messageText('goals_unit_', kpi.unit, { currency }),
    })),
    entities: frame.companies.map(({ company_key, name: text }) => ({ company_key, text })),
    targets: targets.map((target) => {
      const kpi = findKpi(target.kpi_id);
      return {
        kpi_id: target.kpi_id,
        company_key: target.company_key,
        name: name(target.kpi_id),
        entity: entity(target.company_key),
        text: kpi === null ? target.value : targetText(kpi, Number(target.value), currency),
        by: m.goals_by({ name: target.set_by_name, at: formatDateTime(target.set_at) }),
      };
    }),
    changes: changes.map((change) => ({
      change_id: change.change_id,
      name: change.name,
      kpi: name(change.kpi_id),
      entity: entity(change.company_key),
      day: formatDate(change.starts_on),
      by: m.goals_by({ name: change.declared_by_name, at: formatDateTime(change.declared_at) }),
    })),
    calendar,
    last_day: frame.last_day,
  };
};

const decimalText = v.pipe(v.string(), v.trim(), v.regex(/^-?\d{1,12}(\.\d{1,6})?$/));
const company = v.pipe(
  v.string(),
  v.transform((key) => (key === '' ? null : key)),
);
const targetFields = v.object({ kpi_id: v.string(), company_key: company, value: decimalText });
const changeFields = v.object({
  kpi_id: v.string(),
  company_key: company,
  name: v.pipe(v.string(), v.trim(), v.minLength(3), v.maxLength(120)),
  starts_on: v.pipe(v.string(), v.isoDate()),
});
type Typed = Record<string, string>;
const typedOf = async (request: Request): Promise<Typed> =>
  Object.fromEntries([...(await request.formData())].map(([name, value]) => [name, String(value)]));
const refused = (status: number, problem: string, typed: Typed = {}) =>
  fail(status, { problem, typed });

export const actions: Actions = {
  target: async ({ locals, request }) => {
    const person = signedIn(locals);
    const typed = await typedOf(request);
    const parsed = v.safeParse(targetFields, typed);
    const kpi = parsed.success ? findKpi(parsed.output.kpi_id) : null;
    if (!parsed.success || kpi === null) return refused(400, m.goals_target_needed(), typed);
    const { company_key, value } = parsed.output;
    if (!can(person, 'goals.manage', company_key)) return refused(403, m.goals_not_yours(), typed);
    const stored = kpi.unit === 'fraction' ? hundredth(value) : value;
    await setTarget(application().state, person, { kpi_id: kpi.id, company_key, value: stored });
    return { done: m.goals_target_set({ kpi: kpiName(kpi) }) };
  },
  drop_target: async ({ locals, request }) => {
    const person = signedIn(locals);
    const { kpi_id = '', company_key = '' } = await typedOf(request);
    const key = company_key === '' ? null : company_key;
    if (!can(person, 'goals.manage', key)) return refused(403, m.goals_not_yours());
    await setTarget(application().state, person, { kpi_id, company_key: key, value: null });
    return { done: m.goals_target_removed() };
  },
  declare: async ({ locals, request }) => {
    const person = signedIn(locals);
    const typed = await typedOf(request);
    const parsed = v.safeParse(changeFields, typed);
    const kpi = parsed.success ? findKpi(parsed.output.kpi_id) : null;
    if (!parsed.success || kpi === null) return refused(400, m.goals_change_needed(), typed);
    const { company_key, name, starts_on } = parsed.output;
    if (!can(person, 'goals.manage', company_key)) return refused(403, m.goals_not_yours(), typed);
    const { warehouse, state, asOf } = application();
    if (starts_on > asOf().slice(0, 10))
      return refused(400, m.goals_change_too_early({ day: formatDate(asOf()) }), typed);
    const baseline = await freezeBaseline(warehouse, kpi, {
      starts_on,
      asOf: asOf(),
      company_keys: company_key === null ? null : [company_key],
      ...(kpi.dimensions[0] === undefined ? {} : { mix_dimension: kpi.dimensions[0] }),
    });
    if (baseline.weeks.every(({ value }) => value === null))
      return refused(400, m.goals_change_no_data({ day: formatDate(starts_on) }), typed);
    const change = { name, kpi_id: kpi.id, company_key, starts_on, baseline };
    redirect(303, `/overview/change/${await declareChange(state, person, change)}`);
  },
  withdraw: async ({ locals, request }) => {
    const { change_id = '' } = await typedOf(request);
    const isId = v.safeParse(v.pipe(v.string(), v.uuid()), change_id).success;
    const { state } = application();
    return isId && (await withdrawChange(state, signedIn(locals), change_id))
      ? { done: m.goals_change_withdrawn() }
      : refused(409, m.goals_not_yours());
  },
  calendar: async ({ locals, request }) => {
    const person = signedIn(locals);
    const typed = await typedOf(request);
    if (person.company_keys !== null) return refused(403, m.goals_not_yours(), typed);
    const { kind, first_month, pattern, month, weekday, ends } = typed;
    const calendar = readCalendar(
      kind === 'months'
        ? { kind, first_month: Number(first_month) }
        : { kind, pattern, month: Number(month), weekday: Number(weekday), ends },
    );
    if (calendar === null) return refused(400, m.goals_calendar_wrong(), typed);
    await saveCalendar(application().state, person, calendar);
    return { done: m.goals_calendar_set() };
  },
};

/** Decimal text two places down, exactly: 95.5 → 0.955. */
function hundredth(value: string): string {
  const [whole = '0', fraction = ''] = value.replace('-', '').split('.');
  const digits = `${whole.padStart(3, '0')}${fraction}`;
  const at = digits.length - fraction.length - 2;
  return `${value.startsWith('-') ? '-' : ''}${digits.slice(0, at)}.${digits.slice(at)}`;
}
