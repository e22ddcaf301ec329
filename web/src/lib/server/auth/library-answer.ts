import type { RequestEvent } from '@sveltejs/kit';

/** Runs a call of the sign-in library; null when it refuses what was given. Faults are thrown. */
export async function refusedAsNull<Result>(call: () => Promise<Result>): Promise<Result | null> {
  try {
    return await call();
  } catch (cause) {
    if (isRefusal(cause)) return null;
    throw cause;
  }
}

/** By name: the library lives on disk, this module in the bundle too, so their classes may differ. */
function isRefusal(cause: unknown): boolean {
  return (
    cause instanceof Error &&
    cause.name === 'APIError' &&
    'statusCode' in cause &&
    Number(cause.statusCode) < 500
  );
}

/** Hands the library's cookies to SvelteKit, which writes them with the response. */
export function setCookies(event: Pick<RequestEvent, 'cookies'>, headers: Headers): void {
  for (const line of headers.getSetCookie()) {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
    const separator = pair.indexOf('=');
    const given = new Map(
      attributes.map((attribute) => {
        const [name = '', value = ''] = attribute.split('=');
        return [name.toLowerCase(), value];
      }),
    );
    const maxAge = given.get('max-age');
    event.cookies.set(pair.slice(0, separator), decodeURIComponent(pair.slice(separator + 1)), {
      path: given.get('path') ?? '/',
      httpOnly: true,
      sameSite: 'lax',
      secure: given.has('secure'),
      ...(maxAge === undefined ? {} : { maxAge: Number(maxAge) }),
    });
  }
}
