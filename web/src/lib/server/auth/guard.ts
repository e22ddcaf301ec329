import { error, redirect, type RequestEvent } from '@sveltejs/kit';
import type { Handle } from '@sveltejs/kit/hooks';
import { application } from '../application.ts';
import { actionOf, isExport, neededFor, type Needed } from './access.ts';
import { can } from './permissions.ts';
import { personOf } from './sign-in.ts';
import { isFresh, needsSecondFactor } from './step-up.ts';

/**
 * Lets a request through to its route only when the route, and the form action or method, is
 * declared in access.ts and the person holds what it needs. Everything else is refused.
 */
export const guard: Handle = async ({ event, resolve }) => {
  if (isForMachines(event)) {
    event.locals.person = null;
    return resolve(event);
  }
  refuseForeignOrigin(event.request, event.url);
  refuseLargeBody(event.request, event.route.id);
  event.locals.person = await personOf(event.request);
  // A path without a route ends in 404 whoever asks.
  if (event.route.id !== null) {
    check(event, event.route.id);
    await checkExport(event, event.route.id);
  }
  const response = await resolve(event);
  for (const [name, value] of Object.entries(protectiveHeaders)) {
    if (!response.headers.has(name)) response.headers.set(name, value);
  }
  if (event.locals.person !== null && !response.headers.has('cache-control')) {
    response.headers.set('cache-control', 'private, no-store');
  }
  return response;
};

const protectiveHeaders = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'cross-origin-opener-policy': 'same-origin',
} as const;

function check(event: RequestEvent, routeId: string): void {
  const { request, url, locals } = event;
  const action = actionOf(request.method, url, routeId);
  // Whoever may not read a page may not act on it either.
  for (const needed of [neededFor(routeId, null), neededFor(routeId, action)]) {
    if (needed === null) error(403, 'Nothing declares who may do this.');
    if (isAllowed(needed, locals)) continue;
    if (locals.person !== null) error(403, 'Your role does not include this.');
    if (action !== null) error(401, 'Sign in first.');
    redirect(303, `/sign-in?back=${encodeURIComponent(url.pathname + url.search)}`);
  }
}

/** What bears a token of its own and no cookie cannot be sent by a foreign page in a person's name. */
function isForMachines({ request, route, url }: RequestEvent): boolean {
  if (route.id === null) return false;
  return neededFor(route.id, actionOf(request.method, url, route.id)) === 'machine';
}

/** An export is read by a link, so the second factor is asked for on a page that leads on to it. */
async function checkExport(event: RequestEvent, routeId: string): Promise<void> {
  const { person } = event.locals;
  if (!isExport(routeId) || person === null || !needsSecondFactor(person)) return;
  if (await isFresh(event)) return;
  const { pathname, search } = event.url;
  redirect(303, `/step-up?back=${encodeURIComponent(pathname + search)}`);
}

function isAllowed(needed: Needed, locals: App.Locals): boolean {
  if (needed === 'public') return true;
  if (needed === 'account') return locals.person !== null;
  if (needed === 'machine') return false;
  return can(locals.person, needed);
}

/** Only an event log may be large; the server as a whole lets it through. */
function refuseLargeBody(request: Request, routeId: string | null): void {
  if (request.body === null || routeId === '/data/logs') return;
  const length = Number(request.headers.get('content-length') ?? 0);
  const isUnsaid = request.headers.has('transfer-encoding');
  if (isUnsaid || length > bodyLimitBytes) error(413, 'That is more than a form can hold.');
}

const bodyLimitBytes = 512 * 1024;

/** Reading is for everybody who links here; anything else must come from our own pages. */
function refuseForeignOrigin(request: Request, url: URL): void {
  if (['GET', 'HEAD', 'OPTIONS'].includes(request.method)) return;
  const origin = request.headers.get('origin');
  const site = request.headers.get('sec-fetch-site');
  const isOwn = origin === null ? site === 'same-origin' : origin === url.origin;
  if (!isOwn) {
    error(
      403,
      `This request came from ${origin ?? 'an unknown page'}, not from ${application().url}.`,
    );
  }
}
