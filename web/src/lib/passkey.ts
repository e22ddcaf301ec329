import { deserialize } from '$app/forms';
import { startAuthentication, startRegistration } from '@simplewebauthn/browser';

type RequestOptions = Parameters<typeof startAuthentication>[0]['optionsJSON'];
type CreationOptions = Parameters<typeof startRegistration>[0]['optionsJSON'];

/** Asks the browser for a passkey; its answer as text, or null when the person or the browser declines. */
export async function askPasskey(options: RequestOptions): Promise<string | null> {
  return textOf(() => startAuthentication({ optionsJSON: options }));
}

/** Asks the browser to make a passkey; its answer as text, or null when it was not made. */
export async function makePasskey(options: CreationOptions): Promise<string | null> {
  return textOf(() => startRegistration({ optionsJSON: options }));
}

async function textOf(ask: () => Promise<object>): Promise<string | null> {
  try {
    return JSON.stringify(await ask());
  } catch {
    // Cancelled, timed out or not supported: the page says so.
    return null;
  }
}

/** Posts to a form action from where there is no form; null when it was taken, else why not. */
export async function postAction(
  action: string,
  fields: Readonly<Record<string, string>>,
  problemWithout: string,
): Promise<string | null> {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  try {
    const response = await fetch(action, {
      method: 'POST',
      body,
      headers: { 'x-sveltekit-action': 'true' },
    });
    const result = deserialize(await response.text());
    if (result.type === 'success' || result.type === 'redirect') return null;
    return result.type === 'failure'
      ? String(result.data?.['problem'] ?? problemWithout)
      : problemWithout;
  } catch {
    return problemWithout;
  }
}
