import type { Permission } from './permissions.ts';

/**
 * `public`: without signing in. `account`: anybody signed in. `machine`: no person at all; the
 * endpoint checks the machine's token itself, and no cookie counts.
 */
export type Needed = Permission | 'public' | 'account' | 'machine';

/**
 * What a route needs to be read, and each of its form actions (by name, `default` for the unnamed)
 * or endpoint methods (`POST`, `PUT`, `PATCH`, `DELETE`) to be done.
 */
export interface Access {
  readonly read: Exclude<Needed, 'machine'>;
  readonly act?: Readonly<Record<string, Needed>>;
  /** Carries data out: whoever may release money shows a fresh second factor first. */
  readonly isExport?: true;
}

/**
 * Every route id of web/src/routes. A route or action that is not listed is refused with 403,
 * and test/web/server/access.test.ts names it.
 */
export const access: Readonly<Record<string, Access>> = {
  '/': { read: 'account', act: { preferences: 'public' } },
  '/sign-in': { read: 'public', act: { password: 'public', code: 'public', passkey: 'public' } },
  '/sign-out': { read: 'account', act: { default: 'account' } },
  '/step-up': { read: 'account', act: { code: 'account', passkey: 'account' } },
  '/answer': { read: 'public', act: { confirm: 'cases.decide', decline: 'cases.decide' } },
  '/mine': { read: 'cases.decide' },
  '/account': {
    read: 'account',
    act: {
      preferences: 'account',
      password: 'account',
      begin_second_factor: 'account',
      confirm_second_factor: 'account',
      end_second_factor: 'account',
      add_passkey: 'account',
      rename_passkey: 'account',
      remove_passkey: 'account',
      end_session: 'account',
    },
  },
  '/overview': { read: 'overview.read' },
  '/overview/kpi/[id]': { read: 'overview.read' },
  '/overview/[table].[form]': { read: 'overview.read', isExport: true },
  '/overview/kpi/[id]/[table].[form]': { read: 'overview.read', isExport: true },
  '/overview/kpis': { read: 'overview.read' },
  '/overview/goals': {
    read: 'overview.read',
    act: {
      target: 'goals.manage',
      drop_target: 'goals.manage',
      declare: 'goals.manage',
      withdraw: 'goals.manage',
      calendar: 'goals.manage',
    },
  },
  '/overview/change/[change_id]': { read: 'overview.read' },
  '/approvals': { read: 'approvals.read' },
  '/approvals/study': { read: 'approvals.read' },
  '/payments': { read: 'payments.read' },
  '/payments/[payment_request_key]': { read: 'payments.read' },
  '/triage': { read: 'cases.read', act: { decide_many: 'cases.decide' } },
  '/triage/[case_number]': {
    read: 'cases.read',
    act: {
      decide: 'cases.decide',
      undo: 'cases.decide',
      confirm: 'cases.decide',
      decline: 'cases.decide',
      withdraw: 'cases.decide',
      assign: 'cases.comment',
      snooze: 'cases.comment',
      comment: 'cases.comment',
      merge: 'cases.comment',
      split: 'cases.comment',
    },
  },
  '/reports': { read: 'digest.read', act: { subscribe: 'digest.read' } },
  '/reports/preview': { read: 'digest.read' },
  '/reports/stop': { read: 'public', act: { default: 'public' } },
  '/strategy': { read: 'strategy.read' },
  '/rules': {
    read: 'rules.read',
    act: {
      draft: 'rules.change',
      shadow: 'rules.change',
      ask: 'rules.change',
      answer: 'rules.read',
      budget: 'rules.change',
    },
  },
  '/rules/lists': {
    read: 'rules.read',
    act: { save: 'rules.change', suppress: 'rules.change', end: 'rules.change' },
  },
  '/data': { read: 'data.read' },
  '/data/logs': { read: 'data.read', act: { upload: 'data.manage', remove: 'data.manage' } },
  '/data/rejected': { read: 'data.read' },
  '/data/dictionary': { read: 'data.read' },
  '/admin': { read: 'confirmations.read', act: { answer: 'confirmations.read' } },
  '/admin/policy': {
    read: 'policy.read',
    act: { draft: 'policy.change', simulate: 'policy.change', go_live: 'policy.change' },
  },
  '/admin/standing': {
    read: 'policy.read',
    act: { propose: 'policy.change', end: 'policy.change' },
  },
  '/admin/people': { read: 'access.read', act: { change: 'people.manage' } },
  '/admin/review': { read: 'access.read', act: { sign: 'access.sign_off' } },
  '/admin/delegations': {
    read: 'delegations.manage',
    act: { make: 'delegations.manage', end: 'delegations.manage' },
  },
  '/audit': { read: 'audit.read', act: { verify: 'audit.read' } },
  '/api/v1': { read: 'public' },
  '/api/v1/score': { read: 'public', act: { POST: 'machine' } },
  '/api/events': { read: 'cases.read' },
  '/api/cases/rows.[form]': { read: 'cases.read', isExport: true },
  '/api/payments/rows.[form]': { read: 'payments.read', isExport: true },
  '/api/audit/rows.[form]': { read: 'audit.read', isExport: true },
};

/** Whether the route carries data out. */
export function isExport(routeId: string): boolean {
  return Object.hasOwn(access, routeId) && access[routeId]?.isExport === true;
}

/** What a request needs; null when nobody declared it. `actionOrMethod` is null for reading. */
export function neededFor(routeId: string, actionOrMethod: string | null): Needed | null {
  const declared = Object.hasOwn(access, routeId) ? access[routeId] : undefined;
  if (declared === undefined) return null;
  if (actionOrMethod === null) return declared.read;
  const act = declared.act ?? {};
  return (Object.hasOwn(act, actionOrMethod) ? act[actionOrMethod] : undefined) ?? null;
}

/**
 * The form action or method a request asks for, read as SvelteKit reads it: the first query
 * parameter that starts with a slash, `default` for the unnamed action, the method for endpoints.
 */
export function actionOf(method: string, url: URL, routeId: string): string | null {
  if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') return null;
  for (const name of url.searchParams.keys()) {
    if (name.startsWith('/')) return name.slice(1);
  }
  const declared = Object.hasOwn(access, routeId) ? access[routeId]?.act : undefined;
  return method === 'POST' && declared !== undefined && Object.hasOwn(declared, 'default')
    ? 'default'
    : method;
}
