import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Queries } from './state/database.ts';

/** What the link of a mail is about, and for whom alone. */
export interface ApprovalLink {
  readonly confirmation_id: string;
  readonly user_id: string;
  readonly good_until: Date;
}

const goodForMs = 3 * 86_400_000;

/** The token of a link: signed, for one person and one request, good for three days and one answer. */
export function approvalToken(
  secret: string,
  about: Pick<ApprovalLink, 'confirmation_id' | 'user_id'>,
  now: Date,
): string {
  const fields = [about.confirmation_id, about.user_id, String(now.getTime() + goodForMs)];
  const text = Buffer.from(fields.join(' ')).toString('base64url');
  return `${text}.${sealOf(secret, text).toString('base64url')}`;
}

/** Reads a token; null when it is not one of ours, whole and unchanged. */
export function readApprovalToken(secret: string, token: string): ApprovalLink | null {
  const [text = '', seal = ''] = token.slice(0, 1_000).split('.');
  const given = Buffer.from(seal, 'base64url');
  const expected = sealOf(secret, text);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
  const [confirmation_id = '', user_id = '', until = ''] = Buffer.from(text, 'base64url')
    .toString()
    .split(' ');
  return { confirmation_id, user_id, good_until: new Date(Number(until)) };
}

/** Whether the link has been answered before. */
export async function isUsed(queries: Queries, token: string): Promise<boolean> {
  const hash = createHash('sha256').update(token).digest('hex');
  return (await queries.query('select 1 from used_token where token_hash = $1', [hash])).length > 0;
}

function sealOf(secret: string, text: string): Buffer {
  return createHmac('sha256', secret).update(`approval link ${text}`).digest();
}
