import { glob } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { RequestEvent } from '@sveltejs/kit';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { setApplication, type Application } from '../../../web/src/lib/server/application.ts';
import {
  access,
  actionOf,
  isExport,
  neededFor,
  type Needed,
} from '../../../web/src/lib/server/auth/access.ts';
import { openAuthentication } from '../../../web/src/lib/server/auth/authentication.ts';
import { guard } from '../../../web/src/lib/server/auth/guard.ts';
import {
  can,
  grants,
  homeOf,
  permissions,
  roles,
  type Role,
} from '../../../web/src/lib/server/auth/permissions.ts';
import type { Person } from '../../../web/src/lib/server/auth/person.ts';
import { signIn } from '../../../web/src/lib/server/auth/sign-in.ts';
import { Browser } from './browser-event.ts';
import { companyA, companyB, freshState, password, somebody } from './fresh-state.ts';

const routesFolder = fileURLToPath(new URL('../../../web/src/routes', import.meta.url));
const methods = ['POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** What web/src/routes really has: every route id with its form actions and endpoint methods. */
interface Route {
  readonly id: string;
  readonly acts: readonly string[];
}

let routes: readonly Route[] = [];

beforeAll(async () => {
  const found = new Map<string, Set<string>>();
  for await (const path of glob('**/{+page.svelte,+page.ts,+page.server.ts,+server.ts}', {
    cwd: routesFolder,
  })) {
    const id = routeId(path);
    const acts = found.get(id) ?? new Set();
    found.set(id, acts);
    if (!/(\+page\.server|\+server)\.ts$/.test(path)) continue;
    const module = (await import(pathToFileURL(join(routesFolder, path)).href)) as {
      actions?: object;
    } & Partial<Record<string, unknown>>;
    for (const action of Object.keys(module.actions ?? {})) acts.add(action);
    for (const method of methods) if (module[method] !== undefined) acts.add(method);
    if (module['fallback'] !== undefined) acts.add('fallback');
  }
  routes = [...found]
    .map(([id, acts]) => ({ id, acts: [...acts] }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
});

afterEach(() => setApplication(undefined));

describe('access', () => {
  test('is declared for every route, form action and method there is, and for nothing else', () => {
    const missing = routes.flatMap(({ id, acts }) =>
      neededFor(id, null) === null
        ? [id]
        : acts.filter((act) => neededFor(id, act) === null).map((act) => `${id} ${act}`),
    );
    expect(missing, 'add these to web/src/lib/server/auth/access.ts').toEqual([]);
    const known = new Map(routes.map(({ id, acts }) => [id, acts]));
    const left = Object.entries(access).flatMap(([id, { act = {} }]) =>
      known.has(id)
        ? Object.keys(act)
            .filter((name) => !known.get(id)?.includes(name))
            .map((name) => `${id} ${name}`)
        : [id],
    );
    expect(left, 'remove these from access.ts: no such route or action').toEqual([]);
  });

  test('holds for every route, action, role and for nobody', async () => {
    const state = await freshState();
    const url = 'http://127.0.0.1:4173';
    const authentication = openAuthentication({
      pool: state.pool,
      secret: 'x',
      url,
      origins: [url],
    });
    setApplication({ state, authentication, url } as Application);
    const wrong: string[] = [];
    for (const role of [...roles, null]) {
      const browser = new Browser();
      if (role !== null) {
        const person = await somebody(state, { roles: [role] });
        await signIn(browser.event(), { email: person.email, password });
      }
      for (const { id, acts } of routes) {
        for (const act of [null, ...acts]) {
          const [expected, got] = [expectedStatus(id, act, role), await statusOf(browser, id, act)];
          if (expected !== got)
            wrong.push(`${role ?? 'nobody'} ${id} ${act ?? 'read'}: ${got}, not ${expected}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  test('is refused where nothing is declared, whoever asks', () => {
    expect(neededFor('/secret', null)).toBeNull();
    expect(neededFor('/triage', 'nothing_of_the_kind')).toBeNull();
    for (const name of ['constructor', '__proto__', 'toString']) {
      expect(neededFor(name, null)).toBeNull();
      expect(neededFor('/triage', name)).toBeNull();
    }
  });

  test.each([
    ['GET', '/triage', null],
    ['HEAD', '/triage', null],
    ['POST', '/triage?/decide_many', 'decide_many'],
    ['POST', '/triage?view=open&/decide_many=', 'decide_many'],
    ['POST', '/triage?/decide_many&/other', 'decide_many'],
    ['POST', '/triage', 'POST'],
    ['DELETE', '/triage', 'DELETE'],
  ])('reads %s %s as %s', (method, path, action) => {
    expect(actionOf(method, new URL(path, 'http://x'), '/triage')).toBe(action);
  });
});

describe('a legal entity', () => {
  test.each(roles)('limits %s to itself, whatever the role may do', (role) => {
    const person = { roles: [role], company_keys: [companyA] } as unknown as Person;
    for (const permission of permissions) {
      expect(can(person, permission, companyA)).toBe(grants([role], permission));
      expect(can(person, permission, companyB)).toBe(false);
      expect(can(person, permission, null)).toBe(false);
    }
  });

  test('is open to who has them all, and closed to who has none', () => {
    const all = { roles: ['cfo'], company_keys: null } as unknown as Person;
    const none = { roles: ['cfo'], company_keys: [] } as unknown as Person;
    expect([can(all, 'cases.read', companyB), can(all, 'cases.read', null)]).toEqual([true, true]);
    expect([can(none, 'cases.read', companyB), can(none, 'cases.read', null)]).toEqual([
      false,
      false,
    ]);
    expect(can(null, 'cases.read')).toBe(false);
  });
});

describe('duties are apart', () => {
  test('who audits or administers does not decide, and who decides does not administer', () => {
    for (const role of roles) {
      const duties = [grants([role], 'cases.decide'), grants([role], 'people.manage')];
      expect(duties.filter(Boolean).length).toBeLessThanOrEqual(1);
    }
    expect(grants(['auditor'], 'cases.decide') || grants(['auditor'], 'cases.comment')).toBe(false);
    expect(grants(['admin'], 'payments.read')).toBe(false);
  });

  test.each(roles)('%s starts on a page it may read', (role) => {
    const home = homeOf({ roles: [role] } as unknown as Person);
    expect(expectedStatus(home, null, role)).toBe(200);
  });
});

describe('a request from another page', () => {
  test.each([
    ['another origin', { origin: 'http://evil.test' }, 403],
    ['the same host by another scheme', { origin: 'https://127.0.0.1:4173' }, 403],
    ['no origin', {}, 403],
    ['a hidden origin', { origin: 'null' }, 403],
    ['our own page', { origin: 'http://127.0.0.1:4173' }, 200],
    ['our own page without an origin header', { 'sec-fetch-site': 'same-origin' }, 200],
  ])('%s', async (_, headers, status) => {
    const state = await freshState();
    const url = 'http://127.0.0.1:4173';
    const authentication = openAuthentication({
      pool: state.pool,
      secret: 'x',
      url,
      origins: [url],
    });
    setApplication({ state, authentication, url } as Application);
    for (const contentType of [
      'application/json',
      'text/plain',
      'application/x-www-form-urlencoded',
    ]) {
      const request = new Request(`${url}/sign-in?/password`, {
        method: 'POST',
        body: '{}',
        headers: { ...(headers as Record<string, string>), 'content-type': contentType },
      });
      expect(await answer(request, '/sign-in')).toBe(status);
    }
  });
});

function routeId(path: string): string {
  const folder = relative('.', dirname(path)).replaceAll('\\', '/');
  return folder === '' ? '/' : `/${folder}`;
}

function expectedStatus(id: string, act: string | null, role: Role | null): number {
  const needed = [neededFor(id, null), neededFor(id, act)];
  if (needed.every((one) => one !== null && allows(one, role))) {
    // Nobody here has shown a second factor: an export leads to where it is asked for.
    return isExport(id) && role !== null && grants([role], 'cases.decide') ? 303 : 200;
  }
  if (role !== null) return 403;
  return act === null ? 303 : 401;
}

function allows(needed: Needed, role: Role | null): boolean {
  // A machine's token is looked at by the endpoint itself.
  if (needed === 'public' || needed === 'machine') return true;
  if (role === null) return false;
  return needed === 'account' || grants([role], needed);
}

function statusOf(browser: Browser, id: string, act: string | null): Promise<number> {
  const path = id.replaceAll(/\[[^\]]+\]/g, 'x');
  const isMethod = methods.some((method) => method === act);
  const method = act === null ? 'GET' : isMethod ? act : 'POST';
  const query = act === null || isMethod || act === 'default' ? '' : `?/${act}`;
  const headers = { origin: 'http://127.0.0.1:4173' };
  return answer(browser.request(`${path}${query}`, { method, headers }), id, browser);
}

/** The status the guard gives; 200 when it lets the request through. */
async function answer(request: Request, id: string, browser = new Browser()): Promise<number> {
  const event = {
    request,
    cookies: browser.event().cookies,
    url: new URL(request.url),
    route: { id },
    locals: {},
  } as unknown as RequestEvent;
  try {
    const response = await guard({
      event,
      resolve: () => Promise.resolve(new Response('let through')),
    });
    return response.status;
  } catch (refusal) {
    if (typeof refusal === 'object' && refusal !== null && 'status' in refusal)
      return Number(refusal.status);
    throw refusal;
  }
}
