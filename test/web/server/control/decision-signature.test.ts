import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { setApplication, type Application } from '../../../../web/src/lib/server/application.ts';
import { openAuthentication } from '../../../../web/src/lib/server/auth/authentication.ts';
import { registrationOptions, savePasskey } from '../../../../web/src/lib/server/auth/passkeys.ts';
import type { Person } from '../../../../web/src/lib/server/auth/person.ts';
import { challengeFor } from '../../../../web/src/lib/server/control/decision-text.ts';
import type { State } from '../../../../web/src/lib/server/state/database.ts';
import type { DecisionInput } from '../../../../web/src/lib/server/state/decision-record.ts';
import { decide } from '../../../../web/src/lib/server/state/decisions.ts';
import { answerDecision } from '../../../../web/src/lib/server/state/four-eyes.ts';
import { verifySignatures } from '../../../../web/src/lib/server/state/verify-signatures.ts';
import { freshState, lowRisk, oneCase, somebody } from '../fresh-state.ts';
import { SoftwarePasskey } from '../software-passkey.ts';

const origin = 'http://localhost:4173';
const url = new URL(origin);

let state: State;
let person: Person;
let passkey: SoftwarePasskey;
let input: DecisionInput;

beforeEach(async () => {
  state = await freshState();
  const authentication = openAuthentication({
    pool: state.pool,
    secret: 'of the tests',
    url: origin,
    origins: [origin],
  });
  setApplication({ state, authentication, url: origin } as Application);
  person = await somebody(state);
  passkey = await passkeyOf(person);
  await policy({ two_persons_from: null, signed_from: '1000', rules: [] });
  input = await release(await oneCase(state, lowRisk()));
});
afterEach(() => setApplication(undefined));

async function passkeyOf(who: Person): Promise<SoftwarePasskey> {
  const made = new SoftwarePasskey(origin);
  const options = await registrationOptions(url, who);
  const response = made.register({ challenge: options?.challenge ?? '' });
  expect(await savePasskey({ url }, who, { name: 'Laptop', response })).toBe('saved');
  return made;
}

async function policy(document: object): Promise<void> {
  await state.query("update policy set state = 'replaced' where state = 'live'");
  await state.query(
    "insert into policy (state, document, reason, written_by) values ('live', $1, 'test', $2)",
    [JSON.stringify(document), person.user_id],
  );
}

async function release(case_number: string): Promise<DecisionInput> {
  const [row] = await state.query<{ version: number }>(
    'select version from cases where case_number = $1',
    [case_number],
  );
  return {
    decision_id: randomUUID(),
    case_number,
    case_version: row?.version ?? 0,
    verdict: 'expected',
    reason_code: 'contract',
    action: 'release',
    note: 'as agreed',
    expected_status: 'in_approval',
    expected_version: 1,
  };
}

async function textToSign(given = input, who = person): Promise<string> {
  const result = await decide(state, who, given);
  if (result.outcome !== 'unsigned') throw new Error(`got ${result.outcome}, expected unsigned`);
  return result.text;
}

const signed = (text: string, by = passkey) => ({
  url,
  answer: by.answer({ challenge: Buffer.from(challengeFor(text)).toString('base64url') }),
});

/** Past every guard of the application's own role, as somebody with the database's password. */
async function asOwner(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: state.url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

test('a release from the amount on is recorded with its signature only', async () => {
  const text = await textToSign();
  expect(await state.query('select 1 from decision')).toEqual([]);
  expect(await decide(state, person, input, signed(text))).toMatchObject({ outcome: 'decided' });
  expect(await verifySignatures(state)).toEqual({
    signatures: 1,
    intact: true,
    first_break: null,
  });
});

test('below the amount, and to hold, no signature is asked for', async () => {
  expect(await decide(state, person, { ...input, action: 'hold' })).toMatchObject({
    outcome: 'decided',
  });
  const small = { ...lowRisk(), amount: '999.9900', amount_base: '999.9900' };
  const other = await release(await oneCase(state, small));
  expect(await decide(state, person, other)).toMatchObject({ outcome: 'decided' });
});

test('an amount nobody knows in the group currency is signed', async () => {
  const unknown = await oneCase(state, { ...lowRisk(), amount_base: null });
  await textToSign(await release(unknown));
});

test('a signature over another decision, or by another person, records nothing', async () => {
  const text = await textToSign();
  const other = await somebody(state, { name: 'Other' });
  const others = await passkeyOf(other);
  const wrong = [
    signed(text.replace('as agreed', 'as agreed twice')),
    signed(text, others),
    { url, answer: '{}' },
  ];
  for (const given of wrong) {
    expect(await decide(state, person, input, given)).toEqual({ outcome: 'wrong_signature' });
  }
  const changed = { ...input, note: 'something else' };
  expect(await decide(state, person, changed, signed(text))).toEqual({
    outcome: 'wrong_signature',
  });
  expect(await state.query('select 1 from decision')).toEqual([]);
  expect(await state.query('select 1 from decision_signature')).toEqual([]);
});

test('each of the persons a release takes signs it', async () => {
  await policy({ two_persons_from: '500', signed_from: '500', rules: [] });
  const second = await somebody(state, { name: 'Second', roles: ['cfo'] });
  const seconds = await passkeyOf(second);
  const given = signed(await textToSign());
  expect(await decide(state, person, input, given)).toMatchObject({ outcome: 'asked' });
  const answer = {
    confirmation_id: input.decision_id,
    answer: 'confirm',
    note: '',
    expected_status: 'in_approval',
    expected_version: 1,
  } as const;
  const asked = await answerDecision(state, second, answer);
  if (asked.outcome !== 'unsigned') throw new Error(`got ${asked.outcome}, expected unsigned`);
  expect(await answerDecision(state, second, answer, signed(asked.text))).toEqual({
    outcome: 'wrong_signature',
  });
  expect(await answerDecision(state, second, answer, signed(asked.text, seconds))).toEqual({
    outcome: 'confirmed',
    complete: true,
  });
  expect(await verifySignatures(state)).toMatchObject({ signatures: 2, intact: true });
});

test.each([
  ['the decision', "update decision set note = 'changed'", 'the decision is not the one'],
  ['the text', "update decision_signature set canonical = '{}'", 'not the one the audit log noted'],
  ['the signature', "update decision_signature set signature = '\\x00'", 'not the one the audit'],
  ['the key', "update decision_signature set public_key = '\\x00'", 'not the one the audit'],
  ['the answer', "update decision_signature set client_data = '\\x7b7d'", 'signed something else'],
  ['the device', "update decision_signature set rp_id = 'evil.test'", 'of another name'],
  [
    'the device data',
    'update decision_signature set authenticator_data = authenticator_data || $$a$$::bytea',
    'the signature is wrong',
  ],
  ['all of it', 'delete from decision_signature', 'its signature is missing'],
])('verifying names a change of %s', async (_, change, why) => {
  await decide(state, person, input, signed(await textToSign()));
  await asOwner(
    `alter table decision_signature disable trigger user; ${change}; alter table decision_signature enable trigger user`,
  );
  const result = await verifySignatures(state);
  expect(result.first_break?.decision_id).toBe(input.decision_id);
  expect(result.first_break?.why).toContain(why);
});

test('a signature is never changed or deleted', async () => {
  await decide(state, person, input, signed(await textToSign()));
  await expect(state.query('delete from decision_signature')).rejects.toThrow();
  await expect(state.query("update decision_signature set canonical = ''")).rejects.toThrow();
});
