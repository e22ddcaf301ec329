import { verifySignature } from '@simplewebauthn/server/helpers';
import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { challengeFor, decisionText, type SignedAs } from '../control/decision-text.ts';
import type { LockedCase } from './case-row.ts';
import type { Queries } from './database.ts';
import type { DecisionInput } from './decision-record.ts';

export interface SignatureVerification {
  readonly signatures: number;
  readonly intact: boolean;
  /** The first decision whose signature does not hold, and why. */
  readonly first_break: { readonly decision_id: string; readonly why: string } | null;
}

interface Row {
  readonly decision_id: string;
  readonly signed_by: string;
  readonly canonical: string;
  readonly public_key: Buffer;
  readonly rp_id: string;
  readonly origin: string;
  readonly client_data: Buffer;
  readonly authenticator_data: Buffer;
  readonly signature: Buffer;
  /** The decision as it is stored today: what was decided, or what was asked of others. */
  readonly decided: DecisionInput | null;
}

interface Noted {
  readonly decision_id: string;
  readonly signed_by: string;
  readonly canonical_sha256: string;
  readonly signature_sha256: string;
  readonly public_key_sha256: string;
}

/**
 * Checks every signature without asking anybody: it is over the decision as stored, by a key the audit
 * log says the signer registered, and the audit log names the same signatures.
 */
export async function verifySignatures(queries: Queries): Promise<SignatureVerification> {
  const rows = await queries.query<Row>(`
    select s.*, coalesce(
      (select to_jsonb(d) from decision d where d.decision_id = s.decision_id),
      (select c.change from confirmation c where c.confirmation_id = s.decision_id)) as decided
    from decision_signature s order by s.signed_at, s.decision_id, s.signed_by`);
  const noted = await queries.query<Noted>(
    `select actor as signed_by, after->>'decision_id' as decision_id,
       after->>'canonical_sha256' as canonical_sha256, after->>'signature_sha256' as signature_sha256,
       after->>'public_key_sha256' as public_key_sha256
     from audit_log where action = 'decision.signed' order by id`,
  );
  const keys = await queries.query<{ actor: string; hash: string }>(
    `select actor, after->>'public_key_sha256' as hash from audit_log
     where action = 'person.passkey_added'`,
  );
  const registered = new Set(keys.map((one) => `${one.actor} ${one.hash}`));
  const nameOf = (one: Pick<Row, 'decision_id' | 'signed_by'>) =>
    `${one.decision_id} ${one.signed_by}`;
  const kept = new Map(rows.map((row) => [nameOf(row), row]));
  const broken = (decision_id: string, why: string): SignatureVerification => ({
    signatures: rows.length,
    intact: false,
    first_break: { decision_id, why },
  });
  for (const one of noted) {
    const row = kept.get(nameOf(one));
    if (row === undefined) return broken(one.decision_id, 'its signature is missing');
    if (
      sha256(row.canonical) !== one.canonical_sha256 ||
      sha256(row.signature) !== one.signature_sha256 ||
      sha256(row.public_key) !== one.public_key_sha256
    ) {
      return broken(one.decision_id, 'its signature is not the one the audit log noted');
    }
  }
  const inLog = new Set(noted.map(nameOf));
  for (const row of rows) {
    if (!inLog.has(nameOf(row))) return broken(row.decision_id, 'the audit log knows no signature');
    if (!registered.has(`${row.signed_by} ${sha256(row.public_key)}`)) {
      return broken(row.decision_id, 'the signer never registered this passkey');
    }
    const why = (await contentProblem(queries, row)) ?? (await signatureProblem(row));
    if (why !== null) return broken(row.decision_id, why);
  }
  return { signatures: rows.length, intact: true, first_break: null };
}

const textFields = v.object({ signed_as: v.picklist(['decide', 'confirm']) });
const clientFields = v.object({ type: v.string(), challenge: v.string(), origin: v.string() });

/** Writes the text again from what is stored today, and compares. */
async function contentProblem(queries: Queries, row: Row): Promise<string | null> {
  const said = v.safeParse(v.pipe(v.string(), v.parseJson(), textFields), row.canonical);
  if (!said.success || row.decided === null) return 'the signed decision is gone';
  const { decided } = row;
  const [payment] = await queries.query<LockedCase>('select * from cases where case_number = $1', [
    decided.case_number,
  ]);
  if (payment === undefined) return 'the signed decision is gone';
  // The payment of a case may have been changed since; what was signed stays what it was.
  const { amount, currency } = v.parse(
    v.pipe(v.string(), v.parseJson(), amountFields),
    row.canonical,
  );
  const signedAs: SignedAs = said.output.signed_as;
  const again = decisionText(
    signedAs,
    row.signed_by,
    { ...decided, decision_id: row.decision_id },
    { ...payment, amount, currency },
  );
  return again === row.canonical ? null : 'the decision is not the one that was signed';
}

const amountFields = v.object({ amount: v.nullable(v.string()), currency: v.nullable(v.string()) });

async function signatureProblem(row: Row): Promise<string | null> {
  const client = v.safeParse(
    v.pipe(v.string(), v.parseJson(), clientFields),
    row.client_data.toString(),
  );
  const expected = Buffer.from(challengeFor(row.canonical)).toString('base64url');
  if (
    !client.success ||
    client.output.type !== 'webauthn.get' ||
    client.output.challenge !== expected ||
    client.output.origin !== row.origin
  ) {
    return 'the passkey signed something else';
  }
  const name = row.authenticator_data.subarray(0, 32);
  const flags = row.authenticator_data[32] ?? 0;
  if (sha256(Buffer.from(row.rp_id)) !== name.toString('hex'))
    return 'the passkey is of another name';
  if ((flags & 0b101) !== 0b101) return 'the device did not check who signed';
  const hash = createHash('sha256').update(row.client_data).digest();
  const isRight = await verifySignature({
    signature: new Uint8Array(row.signature),
    data: new Uint8Array(Buffer.concat([row.authenticator_data, hash])),
    credentialPublicKey: new Uint8Array(row.public_key),
  }).catch(() => false);
  return isRight ? null : 'the signature is wrong';
}

function sha256(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}
