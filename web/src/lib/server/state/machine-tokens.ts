import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { appendAudit } from './audit.ts';
import type { Queries, State } from './database.ts';

/** A machine that may ask for scores. */
export interface MachineToken {
  readonly token_id: string;
  readonly name: string;
  /** Legal entities it may ask about; null is all. */
  readonly company_keys: readonly string[] | null;
  readonly made_by: string;
  readonly made_at: string;
  readonly revoked_at: string | null;
}

const prefix = 'qt';
const idBytes = 6;
const secretBytes = 32;
const shape = /^qt_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;

/** Makes a token and gives its text, which is shown once and cannot be read again. */
export async function makeToken(
  state: State,
  given: { name: string; company_keys: readonly string[] | null; actor: string },
): Promise<{ token_id: string; text: string }> {
  const token_id = randomBytes(idBytes).toString('hex');
  const secret = randomBytes(secretBytes).toString('base64url');
  await state.transaction(async (queries) => {
    await queries.query(
      `insert into machine_token (token_id, name, secret_hash, company_keys, made_by)
       values ($1, $2, $3, $4, $5)`,
      [token_id, given.name, hashOf(secret), given.company_keys, given.actor],
    );
    await appendAudit(queries, {
      actor: given.actor,
      action: 'machine_token.made',
      subject: token_id,
      before: null,
      after: { name: given.name, company_keys: given.company_keys },
    });
  });
  return { token_id, text: `${prefix}_${token_id}_${secret}` };
}

/** Ends a token; false when there is none, or it has ended already. */
export function revokeToken(state: State, token_id: string, actor: string): Promise<boolean> {
  return state.transaction(async (queries) => {
    const revoked = await queries.query(
      `update machine_token set revoked_at = current_timestamp, revoked_by = $2
       where token_id = $1 and revoked_at is null returning token_id`,
      [token_id, actor],
    );
    if (revoked.length === 0) return false;
    await appendAudit(queries, {
      actor,
      action: 'machine_token.revoked',
      subject: token_id,
      before: { revoked: false },
      after: { revoked: true },
    });
    return true;
  });
}

/** Every token ever made, newest first. */
export function listTokens(queries: Queries): Promise<MachineToken[]> {
  return queries.query<MachineToken>(
    `select token_id, name, company_keys::text[] as company_keys, made_by, made_at, revoked_at
     from machine_token order by made_at desc, token_id`,
  );
}

/** Whether any machine may ask: only then profiles are kept ready. */
export async function hasTokens(queries: Queries): Promise<boolean> {
  const found = await queries.query('select 1 from machine_token where revoked_at is null limit 1');
  return found.length > 0;
}

/** Whose token this is; null when nobody's or revoked. Takes as long either way. */
export async function tokenOf(queries: Queries, text: string): Promise<MachineToken | null> {
  const [, token_id = '', secret = ''] = shape.exec(text) ?? [];
  const [row] = await queries.query<MachineToken & { secret_hash: Buffer }>(
    `select token_id, name, secret_hash, company_keys::text[] as company_keys, made_by, made_at, revoked_at
     from machine_token where token_id = $1 and revoked_at is null`,
    [token_id],
  );
  const { secret_hash, ...token } = row ?? { secret_hash: nobody, token_id: '' };
  const isRight = timingSafeEqual(secret_hash, hashOf(secret));
  return isRight && 'name' in token ? token : null;
}

/** Compared with when there is no such token, so that the time says nothing. */
const nobody = randomBytes(32);

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
