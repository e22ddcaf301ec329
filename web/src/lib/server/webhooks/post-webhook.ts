import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIPv6 } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { checkedAddress, type AddressRules } from './public-address.ts';

const answerTimeoutMs = 20_000;

/** A message as it goes out; its id stays the same at every attempt. */
export interface WebhookMessage {
  readonly message_id: string;
  readonly body: string;
}

export type WebhookAnswer =
  | { readonly outcome: 'delivered'; readonly status: number }
  /** 410: the receiver wants no more. */
  | { readonly outcome: 'gone'; readonly status: number }
  | {
      readonly outcome: 'retry';
      readonly status: number | null;
      readonly why: string;
      readonly after_ms?: number;
    };

/**
 * Sends a message by the Standard Webhooks specification, signed with every active secret. Connects
 * to the address that was checked; a redirect is a failure and is not followed.
 */
export async function postWebhook(
  endpoint: { readonly url: string; readonly secrets: readonly string[] },
  message: WebhookMessage,
  options: AddressRules & { now: Date; allowHttp?: boolean },
): Promise<WebhookAnswer> {
  try {
    const url = new URL(endpoint.url);
    if (url.protocol !== 'https:' && options.allowHttp !== true)
      throw new Error(`${url.origin} must be https`);
    const address = await checkedAddress(url.hostname, options);
    const response = await answerOf(url, address, message, {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(message.body)),
      'webhook-id': message.message_id,
      'webhook-timestamp': String(Math.floor(options.now.getTime() / 1_000)),
      'webhook-signature': endpoint.secrets
        .map((secret) => new Webhook(secret).sign(message.message_id, options.now, message.body))
        .join(' '),
    });
    return meaningOf(response, options.now);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return { outcome: 'retry', status: null, why };
  }
}

function answerOf(
  url: URL,
  address: string,
  message: WebhookMessage,
  headers: Record<string, string>,
): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((settle, fail) => {
    const sent = request(
      url,
      {
        method: 'POST',
        headers,
        agent: false,
        signal: AbortSignal.timeout(answerTimeoutMs),
        lookup: (_host, { all }, found) => {
          const family = isIPv6(address) ? 6 : 4;
          if (all === true) found(null, [{ address, family }]);
          else found(null, address, family);
        },
      },
      (response) => {
        // What it says beyond its status is of no interest.
        response.destroy();
        settle(response);
      },
    );
    sent.once('error', fail);
    sent.end(message.body);
  });
}

function meaningOf(response: IncomingMessage, now: Date): WebhookAnswer {
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) return { outcome: 'delivered', status };
  if (status === 410) return { outcome: 'gone', status };
  const after_ms = retryAfter(response.headers['retry-after'], now);
  const why = `it answered ${status}`;
  return { outcome: 'retry', status, why, ...(after_ms === null ? {} : { after_ms }) };
}

/** Seconds or a date, as HTTP has it; null when there is none. */
function retryAfter(value: string | undefined, now: Date): number | null {
  if (value === undefined) return null;
  const wait_ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - now.getTime();
  return Number.isFinite(wait_ms) && wait_ms > 0 ? wait_ms : null;
}
