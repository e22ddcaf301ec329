import type { RequestEvent } from '@sveltejs/kit';

const keptForSeconds = 400 * 86_400;

/**
 * Keeps how somebody likes the pages in their browser. Secure only over https: Safari drops a
 * Secure cookie that comes from http://127.0.0.1.
 */
export function keepPreference(
  event: Pick<RequestEvent, 'cookies' | 'url'>,
  name: string,
  value: string,
): void {
  event.cookies.set(name, value, {
    path: '/',
    maxAge: keptForSeconds,
    sameSite: 'lax',
    httpOnly: false,
    secure: event.url.protocol === 'https:',
  });
}
