import type { RequestEvent } from '@sveltejs/kit';
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { application } from '../application.ts';
import { appendAudit } from '../state/audit.ts';
import type { Queries } from '../state/database.ts';
import { challengeEnd, isOurChallenge, newChallenge, takeOnce, type Purpose } from './challenge.ts';
import type { Person } from './person.ts';
import { relyingParty, type RelyingParty } from './relying-party.ts';

/** A passkey as its owner sees it. */
export interface Passkey {
  readonly credential_id: string;
  readonly name: string;
  /** Kept by the person's account with Apple, Google or another, on several devices. */
  readonly is_synced: boolean;
  readonly created_at: string;
  readonly last_used_at: string | null;
}

interface StoredPasskey extends Passkey {
  readonly user_id: string;
  readonly public_key: Buffer;
  readonly counter: number;
  readonly transports: string[];
}

/** Most passkeys one person keeps. */
const passkeyLimit = 10;
export const longestPasskeyName = 60;

/** The person's passkeys, the oldest first. */
export function passkeysOf(queries: Queries, userId: string): Promise<Passkey[]> {
  return queries.query(
    `select credential_id, name, is_synced, created_at, last_used_at from passkey
     where user_id = $1 order by created_at, credential_id`,
    [userId],
  );
}

/** What the browser needs to make a passkey; null where none can work. */
export async function registrationOptions(url: URL, person: Person) {
  const party = relyingParty(url);
  if (party === null) return null;
  const known = await storedOf(application().state, person.user_id);
  return generateRegistrationOptions({
    rpName: 'Quittance',
    rpID: party.rp_id,
    userName: person.email,
    userDisplayName: person.name,
    userID: new TextEncoder().encode(person.user_id),
    challenge: new Uint8Array(await newChallenge('register', person.user_id)),
    attestationType: 'none',
    excludeCredentials: known.map((one) => ({
      id: one.credential_id,
      transports: one.transports,
    })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  });
}

/** What the browser needs to ask for a passkey: of this person, or of whoever signs in. */
export async function authenticationRequest(
  url: URL,
  purpose: Exclude<Purpose, 'register'>,
  person: Person | null,
) {
  const challenge = new Uint8Array(await newChallenge(purpose, person?.user_id ?? ''));
  return passkeyRequest(url, challenge, person);
}

/** The same over a challenge of one's own, as a signature needs it. */
export async function passkeyRequest(
  url: URL,
  challenge: Uint8Array<ArrayBuffer>,
  person: Person | null,
) {
  const party = relyingParty(url);
  if (party === null) return null;
  const known = person === null ? [] : await storedOf(application().state, person.user_id);
  return generateAuthenticationOptions({
    rpID: party.rp_id,
    challenge,
    userVerification: 'required',
    allowCredentials: known.map((one) => ({
      id: one.credential_id,
      transports: one.transports,
    })),
  });
}

export type SavePasskeyResult = 'saved' | 'refused' | 'name' | 'too_many' | 'known';

/** Keeps a passkey the browser just made. */
export async function savePasskey(
  event: Pick<RequestEvent, 'url'>,
  person: Person,
  input: { readonly name: string; readonly response: string },
): Promise<SavePasskeyResult> {
  const party = relyingParty(event.url);
  const name = input.name.trim();
  if (name === '' || name.length > longestPasskeyName) return 'name';
  const response = parsedAnswer(input.response);
  if (party === null || response === null) return 'refused';
  const verified = await verifyRegistrationResponse({
    response: response as unknown as Parameters<typeof verifyRegistrationResponse>[0]['response'],
    expectedChallenge: (challenge) => isOurChallenge('register', person.user_id, challenge),
    expectedOrigin: party.origin,
    expectedRPID: party.rp_id,
    requireUserVerification: true,
  }).catch(() => null);
  if (verified?.verified !== true) return 'refused';
  const { credential, credentialBackedUp } = verified.registrationInfo;
  return application().state.transaction(async (queries) => {
    const challenge = challengeIn(response.response.clientDataJSON);
    if (!(await takeOnce(queries, challenge, challengeEnd()))) return 'refused';
    if ((await passkeysOf(queries, person.user_id)).length >= passkeyLimit) return 'too_many';
    const kept = await queries.query(
      `insert into passkey (credential_id, user_id, name, public_key, counter, transports, is_synced)
       values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing returning credential_id`,
      [
        credential.id,
        person.user_id,
        name,
        Buffer.from(credential.publicKey),
        credential.counter,
        credential.transports ?? [],
        credentialBackedUp,
      ],
    );
    if (kept.length === 0) return 'known';
    await appendAudit(queries, {
      actor: person.user_id,
      action: 'person.passkey_added',
      subject: person.email,
      before: null,
      after: {
        name,
        credential_id: credential.id,
        public_key_sha256: keyHash(Buffer.from(credential.publicKey)),
      },
    });
    return 'saved';
  });
}

/** Gives a passkey of the person another name. */
export async function renamePasskey(
  person: Person,
  credentialId: string,
  wanted: string,
): Promise<'saved' | 'name' | 'not_found'> {
  const name = wanted.trim();
  if (name === '' || name.length > longestPasskeyName) return 'name';
  return application().state.transaction(async (queries) => {
    const before = await lockedOf(queries, person, credentialId);
    if (before === null) return 'not_found';
    await queries.query('update passkey set name = $2 where credential_id = $1', [
      credentialId,
      name,
    ]);
    await appendAudit(queries, {
      actor: person.user_id,
      action: 'person.passkey_renamed',
      subject: person.email,
      before: { name: before.name, credential_id: credentialId },
      after: { name, credential_id: credentialId },
    });
    return 'saved';
  });
}

/** Forgets a passkey of the person; what was signed with it stays verifiable. */
export async function removePasskey(person: Person, credentialId: string): Promise<boolean> {
  return application().state.transaction(async (queries) => {
    const before = await lockedOf(queries, person, credentialId);
    if (before === null) return false;
    await queries.query('delete from passkey where credential_id = $1', [credentialId]);
    await appendAudit(queries, {
      actor: person.user_id,
      action: 'person.passkey_removed',
      subject: person.email,
      before: { name: before.name, credential_id: credentialId },
      after: null,
    });
    return true;
  });
}

/** An answer of a passkey whose signature, origin, name and counter are right. */
export interface PasskeyProof {
  readonly user_id: string;
  readonly credential_id: string;
  readonly public_key: Buffer;
  readonly party: RelyingParty;
  readonly client_data: Buffer;
  readonly authenticator_data: Buffer;
  readonly signature: Buffer;
}

/**
 * Checks an answer of a passkey; null when anything about it is wrong. The caller says which challenge
 * is right and makes sure that it is used once.
 */
export async function checkPasskey(
  queries: Queries,
  url: URL,
  answer: string,
  isExpected: (challenge: string) => boolean | Promise<boolean>,
): Promise<PasskeyProof | null> {
  const party = relyingParty(url);
  const response = parsedAnswer(answer);
  if (party === null || response === null) return null;
  const [stored] = await queries.query<StoredPasskey>(
    'select * from passkey where credential_id = $1 for update',
    [response.id],
  );
  if (stored === undefined) return null;
  const given = response as unknown as Parameters<
    typeof verifyAuthenticationResponse
  >[0]['response'];
  const verified = await verifyAuthenticationResponse({
    response: given,
    expectedChallenge: isExpected,
    expectedOrigin: party.origin,
    expectedRPID: party.rp_id,
    requireUserVerification: true,
    credential: {
      id: stored.credential_id,
      publicKey: new Uint8Array(stored.public_key),
      counter: stored.counter,
    },
  }).catch(() => null);
  if (verified?.verified !== true) return null;
  await queries.query(
    'update passkey set counter = $2, last_used_at = clock_timestamp() where credential_id = $1',
    [stored.credential_id, verified.authenticationInfo.newCounter],
  );
  return {
    user_id: stored.user_id,
    credential_id: stored.credential_id,
    public_key: stored.public_key,
    party,
    client_data: Buffer.from(given.response.clientDataJSON, 'base64url'),
    authenticator_data: Buffer.from(given.response.authenticatorData, 'base64url'),
    signature: Buffer.from(given.response.signature, 'base64url'),
  };
}

/** The challenge an answer was made for. */
export function challengeIn(clientData: string | Buffer): string {
  const text = Buffer.isBuffer(clientData)
    ? clientData.toString()
    : Buffer.from(clientData, 'base64url').toString();
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), clientDataFields), text);
  return parsed.success ? parsed.output.challenge : '';
}

const clientDataFields = v.object({ challenge: v.string() });

export function keyHash(publicKey: Buffer): string {
  return createHash('sha256').update(publicKey).digest('hex');
}

const base64url = v.pipe(v.string(), v.maxLength(8_192), v.regex(/^[A-Za-z0-9_-]+$/));

/** What both kinds of answers hold; the library checks the rest. */
const answerFields = v.looseObject({
  id: base64url,
  rawId: base64url,
  type: v.literal('public-key'),
  response: v.looseObject({ clientDataJSON: base64url }),
});

function parsedAnswer(text: string): v.InferOutput<typeof answerFields> | null {
  const parsed = v.safeParse(
    v.pipe(v.string(), v.maxLength(20_000), v.parseJson(), answerFields),
    text,
  );
  return parsed.success ? parsed.output : null;
}

function storedOf(queries: Queries, userId: string): Promise<StoredPasskey[]> {
  return queries.query('select * from passkey where user_id = $1 order by created_at', [userId]);
}

async function lockedOf(
  queries: Queries,
  person: Person,
  credentialId: string,
): Promise<StoredPasskey | null> {
  const [row] = await queries.query<StoredPasskey>(
    'select * from passkey where credential_id = $1 and user_id = $2 for update',
    [credentialId, person.user_id],
  );
  return row ?? null;
}
