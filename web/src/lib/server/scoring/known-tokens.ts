import { createHash } from 'node:crypto';
import type { Queries } from '../state/database.ts';
import { tokenOf, type MachineToken } from '../state/machine-tokens.ts';

/** A revoked token is refused at the latest after this. */
const keptMs = 2_000;
const keptTokens = 1_000;
/** Wrong tokens one address may send in a minute. */
const wrongLimit = 20;
const wrongWindowMs = 60_000;
const addressLimit = 10_000;

const known = new Map<string, { token: MachineToken; until: number }>();
const wrong = new Map<string, { count: number; until: number }>();

export type TokenCheck =
  | { readonly token: MachineToken }
  | { readonly refused: 'wrong' }
  | { readonly refused: 'too_many'; readonly seconds: number };

/** Whose token a request bears. Right ones are remembered for a moment; wrong ones count against their address. */
export async function checkToken(
  queries: Queries,
  of: { authorization: string | null; address: string; now: number },
): Promise<TokenCheck> {
  const text = /^Bearer ([\x21-\x7e]{1,200})$/i.exec(of.authorization ?? '')?.[1] ?? '';
  // Looked up by its hash: how long that takes says nothing of the token itself.
  const place = createHash('sha256').update(text).digest('base64');
  const kept = known.get(place);
  if (kept !== undefined && kept.until > of.now) return { token: kept.token };
  const failures = wrong.get(of.address);
  if (failures !== undefined && failures.until > of.now && failures.count >= wrongLimit)
    return { refused: 'too_many', seconds: Math.ceil((failures.until - of.now) / 1000) };
  const token = await tokenOf(queries, text);
  if (token === null) {
    known.delete(place);
    countWrong(of.address, of.now);
    return { refused: 'wrong' };
  }
  if (known.size >= keptTokens) known.clear();
  known.set(place, { token, until: of.now + keptMs });
  return { token };
}

function countWrong(address: string, now: number): void {
  const before = wrong.get(address);
  if (before !== undefined && before.until > now) {
    before.count += 1;
    return;
  }
  if (wrong.size >= addressLimit) wrong.clear();
  wrong.set(address, { count: 1, until: now + wrongWindowMs });
}
