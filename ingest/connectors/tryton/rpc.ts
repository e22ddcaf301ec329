import { createHash } from 'node:crypto';
import type { Credentials } from './settings.ts';

/** A refusal or fault the server put into words: `name` is its class, e.g. UserError. */
export class RpcFault extends Error {
  override name = 'RpcFault';
  readonly fault: string;

  constructor(fault: string, message: string) {
    super(message);
    this.fault = fault;
  }
}

/** The login is refused or locked: trying again at once would lock it for longer. */
export class SignInRefused extends Error {
  override name = 'SignInRefused';
  readonly after_ms: number;
  /** Locked for a while by the server, as opposed to a wrong password. */
  readonly isLocked: boolean;

  constructor(message: string, of: { after_ms: number; isLocked: boolean }) {
    super(message);
    this.after_ms = of.after_ms;
    this.isLocked = of.isLocked;
  }
}

/** Something between us and the server: nothing is known about the call. */
export class Unreachable extends Error {
  override name = 'Unreachable';
}

/** Six wrong passwords lock a user for 300 s; a refused one is left alone for longer than that. */
const refusedPause_ms = 10 * 60_000;
const lockedPause_ms = 5 * 60_000;
/** Largest answer taken. */
const answerLimit_bytes = 64 << 20;

/** Until when a login is left alone, by server, user and password: a corrected one is tried at once. */
const quietUntil = new Map<string, { until_ms: number; isLocked: boolean }>();
const quietLimit = 1_000;

export interface RpcOptions {
  readonly url: string;
  readonly database: string;
  readonly credentials: Credentials;
  readonly authentication: 'session' | 'basic';
  readonly callTimeout_ms: number;
  readonly signal: AbortSignal;
}

/**
 * Calls methods of one database as one user. One call at a time, one new session when the old one
 * is stale, no other repetition: whether to try again is for the caller's schedule to say.
 */
export class Rpc {
  readonly #options: RpcOptions;
  #session: string | undefined;
  #id = 0;
  /** The server's clock at the last answer, UTC ISO; undefined when it sends none. */
  serverTime: string | undefined;

  constructor(options: RpcOptions) {
    this.#options = options;
  }

  get user(): string {
    return this.#options.credentials.user;
  }

  /**
   * The result of a method. Parameters end with the context.
   *
   * Errors  `RpcFault` as the server words it, `SignInRefused` (401, 429), `Unreachable` (all else).
   */
  async call(method: string, parameters: readonly unknown[]): Promise<unknown> {
    this.#checkQuiet();
    if (this.#options.authentication === 'basic') return this.#basic(method, parameters);
    this.#session ??= await this.#signIn();
    const answer = await this.#post(method, parameters, `Session ${this.#session}`);
    if (answer.status !== 401) return this.#resultOf(answer);
    this.#session = await this.#signIn();
    return this.#resultOf(await this.#post(method, parameters, `Session ${this.#session}`));
  }

  /** Ends the session; a server that is gone has ended it already. */
  async close(): Promise<void> {
    if (this.#session === undefined) return;
    const session = this.#session;
    this.#session = undefined;
    await this.#post('common.db.logout', [], `Session ${session}`).catch(() => undefined);
  }

  async #basic(method: string, parameters: readonly unknown[]): Promise<unknown> {
    const { user, password } = this.#options.credentials;
    const token = Buffer.from(`${user}:${password}`, 'utf8').toString('base64');
    return this.#resultOf(await this.#post(method, parameters, `Basic ${token}`));
  }

  async #signIn(): Promise<string> {
    const { user, password } = this.#options.credentials;
    const result = await this.#resultOf(
      await this.#post('common.db.login', [user, { password }, 'en']),
    );
    if (!Array.isArray(result) || result.length !== 2) throw this.#refused(401);
    return Buffer.from(`${user}:${result.map(String).join(':')}`, 'utf8').toString('base64');
  }

  async #post(
    method: string,
    parameters: readonly unknown[],
    authorization?: string,
  ): Promise<{ status: number; text: string; retryAfter: string | null }> {
    const { url, database, callTimeout_ms, signal } = this.#options;
    try {
      const response = await fetch(new URL(`/${database}/`, url), {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(authorization === undefined ? {} : { authorization }),
        },
        body: JSON.stringify({ id: ++this.#id, method, params: parameters }),
        redirect: 'error',
        signal: AbortSignal.any([signal, AbortSignal.timeout(callTimeout_ms)]),
      });
      const date = Date.parse(response.headers.get('date') ?? '');
      if (!Number.isNaN(date)) this.serverTime = new Date(date).toISOString();
      const text = await limitedText(response);
      return { status: response.status, text, retryAfter: response.headers.get('retry-after') };
    } catch (cause) {
      signal.throwIfAborted();
      throw new Unreachable(`${new URL(url).host} did not answer ${method}: ${reasonOf(cause)}`, {
        cause,
      });
    }
  }

  #resultOf(answer: { status: number; text: string; retryAfter: string | null }): unknown {
    if (answer.status === 401 || answer.status === 429)
      throw this.#refused(answer.status, Number(answer.retryAfter ?? '') * 1_000);
    if (answer.status === 403)
      throw new RpcFault('Forbidden', 'the server does not know or allow this method');
    if (answer.status !== 200)
      throw new Unreachable(`${new URL(this.#options.url).host} answered ${answer.status}`);
    let body: unknown;
    try {
      body = JSON.parse(answer.text);
    } catch (cause) {
      throw new Unreachable(`${new URL(this.#options.url).host} answered no JSON`, { cause });
    }
    if (body !== null && typeof body === 'object' && 'error' in body) throw faultOf(body.error);
    if (body !== null && typeof body === 'object' && 'result' in body) return body.result;
    throw new Unreachable(`${new URL(this.#options.url).host} answered neither result nor error`);
  }

  #refused(status: number, after_ms = 0): SignInRefused {
    const pause_ms = Math.max(status === 429 ? lockedPause_ms : refusedPause_ms, after_ms || 0);
    if (quietUntil.size >= quietLimit) quietUntil.clear();
    const isLocked = status === 429;
    quietUntil.set(this.#quietKey(), { until_ms: Date.now() + pause_ms, isLocked });
    return new SignInRefused(
      isLocked
        ? `user ${this.user} is locked after too many wrong passwords; not tried again for ${Math.round(pause_ms / 60_000)} minutes`
        : `user ${this.user} was refused; correct its password or access, it is not tried again for ${Math.round(pause_ms / 60_000)} minutes`,
      { after_ms: pause_ms, isLocked },
    );
  }

  #checkQuiet(): void {
    const quiet = quietUntil.get(this.#quietKey());
    const left_ms = (quiet?.until_ms ?? 0) - Date.now();
    if (quiet === undefined || left_ms <= 0) return;
    throw new SignInRefused(
      `user ${this.user} was refused a short time ago; tried again in ${Math.ceil(left_ms / 60_000)} minutes, or at once with another password`,
      { after_ms: left_ms, isLocked: quiet.isLocked },
    );
  }

  #quietKey(): string {
    const { url, database, credentials } = this.#options;
    return createHash('sha256')
      .update([url, database, credentials.user, credentials.password].join('\u001f'))
      .digest('hex');
  }
}

/** The error member: a class name with arguments, or with one message. */
function faultOf(error: unknown): RpcFault {
  const [fault, detail] = Array.isArray(error) ? (error as unknown[]) : [error];
  const texts = (Array.isArray(detail) ? detail : [detail]).filter(
    (part) => typeof part === 'string' && part !== '',
  );
  return new RpcFault(String(fault), texts.length === 0 ? String(fault) : texts.join(' '));
}

async function limitedText(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.byteLength;
    if (size > answerLimit_bytes) throw new Error('the answer is larger than may be');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** Node says "fetch failed" and keeps the reason inside. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause.cause instanceof Error ? cause.cause.message || cause.message : cause.message;
}
