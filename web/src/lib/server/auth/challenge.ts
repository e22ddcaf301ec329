import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { application } from '../application.ts';
import type { Queries } from '../state/database.ts';

/** What a passkey is asked for; a challenge of one purpose is worth nothing for another. */
export type Purpose = 'register' | 'sign_in' | 'step_up';

const goodForMs = 5 * 60_000;
const nonceBytes = 16;
const timeBytes = 6;

/**
 * A challenge good for five minutes, for one purpose and one person (empty: whoever signs in). It
 * carries its own proof, so nothing is stored for those who only look at the sign-in page.
 */
export async function newChallenge(purpose: Purpose, about: string): Promise<Buffer> {
  const head = Buffer.alloc(nonceBytes + timeBytes);
  randomBytes(nonceBytes).copy(head);
  head.writeUIntBE(Date.now() + goodForMs, nonceBytes, timeBytes);
  return Buffer.concat([head, await sealOf(purpose, about, head)]);
}

/** Whether we gave out this challenge for this purpose and person, and it has not expired. */
export async function isOurChallenge(
  purpose: Purpose,
  about: string,
  challenge: string,
): Promise<boolean> {
  const bytes = Buffer.from(challenge, 'base64url');
  const head = bytes.subarray(0, nonceBytes + timeBytes);
  const seal = await sealOf(purpose, about, head);
  const given = bytes.subarray(head.length);
  if (given.length !== seal.length || !timingSafeEqual(given, seal)) return false;
  return head.readUIntBE(nonceBytes, timeBytes) > Date.now();
}

/** Marks something that is good once as used; false when it was used before. */
export async function takeOnce(queries: Queries, token: string, goodUntil: Date): Promise<boolean> {
  await queries.query('delete from used_token where good_until < clock_timestamp()');
  const taken = await queries.query(
    `insert into used_token (token_hash, good_until) values ($1, $2)
     on conflict do nothing returning token_hash`,
    [createHash('sha256').update(token).digest('hex'), goodUntil],
  );
  return taken.length === 1;
}

/** Until when a challenge just answered must be remembered. */
export function challengeEnd(): Date {
  return new Date(Date.now() + goodForMs);
}

async function sealOf(purpose: Purpose, about: string, head: Buffer): Promise<Buffer> {
  const { secret } = await application().authentication.$context;
  return createHmac('sha256', secret)
    .update(`passkey challenge ${purpose} ${about}\n`)
    .update(head)
    .digest();
}
