import type { RequestEvent } from '@sveltejs/kit';
import { createHmac } from 'node:crypto';
import { application } from '../application.ts';
import { sessionSeconds } from './authentication.ts';

/**
 * Starts a session for somebody who was recognised without a password, and sets its cookie as the
 * sign-in library does: the token and its HMAC-SHA-256 in base64.
 */
export async function startSession(
  event: Pick<RequestEvent, 'cookies' | 'request'>,
  userId: string,
): Promise<void> {
  const { internalAdapter, authCookies, secret } = await application().authentication.$context;
  const { token } = await internalAdapter.createSession(userId, false, {
    userAgent: (event.request.headers.get('user-agent') ?? '').slice(0, 500),
  });
  const { name, attributes } = authCookies.sessionToken;
  const seal = createHmac('sha256', secret).update(token).digest('base64');
  event.cookies.set(name, `${token}.${seal}`, {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: attributes.secure === true,
    maxAge: sessionSeconds,
  });
}
