import { createHash } from 'node:crypto';
import { checkPasskey, keyHash, type PasskeyProof } from '../auth/passkeys.ts';
import type { Person } from '../auth/person.ts';
import { challengeFor } from '../control/decision-text.ts';
import { appendAudit } from './audit.ts';
import type { Queries } from './database.ts';

/** A passkey's answer to the text of a decision, and the address it was given at. */
export interface GivenSignature {
  readonly url: URL;
  readonly answer: string;
}

export type UnsignedResult =
  /** The policy wants this text signed with a passkey of the person. */
  | { readonly outcome: 'unsigned'; readonly text: string }
  /** What was given is not this person's signature over this text. */
  | { readonly outcome: 'wrong_signature' };

export type SignResult =
  UnsignedResult | { readonly outcome: 'signed'; readonly proof: PasskeyProof };

/** Checks a signature of this person over this text. */
export async function checkSignature(
  queries: Queries,
  person: Person,
  text: string,
  given: GivenSignature | null,
): Promise<SignResult> {
  if (given === null) return { outcome: 'unsigned', text };
  const expected = Buffer.from(challengeFor(text)).toString('base64url');
  const proof = await checkPasskey(
    queries,
    given.url,
    given.answer,
    (challenge) => challenge === expected,
  );
  return proof?.user_id === person.user_id
    ? { outcome: 'signed', proof }
    : { outcome: 'wrong_signature' };
}

/** Keeps a signature with its decision; the audit row carries its hashes, so none can go unnoticed. */
export async function keepSignature(
  queries: Queries,
  person: Person,
  decision: { readonly decision_id: string; readonly case_number: string },
  text: string,
  proof: PasskeyProof,
): Promise<void> {
  await queries.query(
    `insert into decision_signature (decision_id, signed_by, canonical, credential_id, public_key,
       rp_id, origin, client_data, authenticator_data, signature)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      decision.decision_id,
      person.user_id,
      text,
      proof.credential_id,
      proof.public_key,
      proof.party.rp_id,
      proof.party.origin,
      proof.client_data,
      proof.authenticator_data,
      proof.signature,
    ],
  );
  await appendAudit(queries, {
    actor: person.user_id,
    action: 'decision.signed',
    subject: decision.case_number,
    before: null,
    after: {
      decision_id: decision.decision_id,
      canonical_sha256: createHash('sha256').update(text).digest('hex'),
      signature_sha256: createHash('sha256').update(proof.signature).digest('hex'),
      public_key_sha256: keyHash(proof.public_key),
    },
  });
}
