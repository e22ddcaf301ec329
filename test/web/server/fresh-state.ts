import pg from 'pg';
import { randomUUID } from 'node:crypto';
import { inject, onTestFinished } from 'vitest';
import { createPerson } from '../../../web/src/lib/server/auth/accounts.ts';
import { personById, type Person, type Profile } from '../../../web/src/lib/server/auth/person.ts';
import { syncCases, type CaseStory } from '../../../web/src/lib/server/state/case-sync.ts';
import { openState, type State } from '../../../web/src/lib/server/state/database.ts';

/** A database of its own for one test, cloned from the migrated template and dropped afterwards. */
export async function freshState(): Promise<State> {
  const { url, drop } = await freshDatabase();
  const state = await openState(url);
  onTestFinished(async () => {
    await state.close();
    await drop();
  });
  return state;
}

/** The address of a fresh database; the caller drops it. */
export async function freshDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
  const template = inject('templateUrl');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await inPostgres(template, `create database ${name} template quittance`);
  return {
    url: template.replace('/quittance?', `/${name}?`).replace(/\/quittance$/, `/${name}`),
    drop: () => inPostgres(template, `drop database ${name} with (force)`),
  };
}

async function inPostgres(template: string, sql: string): Promise<void> {
  const client = new pg.Client({
    connectionString: template
      .replace('/quittance?', '/postgres?')
      .replace(/\/quittance$/, '/postgres'),
  });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

export const companyA = '00000000-0000-4000-8000-00000000000a';
export const companyB = '00000000-0000-4000-8000-00000000000b';
export const password = 'correct horse battery';

/** Somebody with an account; scope and limit are open unless given. */
export async function somebody(
  state: State,
  given: Partial<Profile> & { name?: string } = {},
): Promise<Person> {
  const { name = 'Mei Tanaka', ...profile } = given;
  const userId = await createPerson(
    state,
    {
      name,
      email: `${randomUUID()}@example.test`,
      password,
      profile: {
        roles: ['risk'],
        company_keys: null,
        locale: 'en',
        time_zone: 'UTC',
        approval_limit: null,
        limit_currency: null,
        ...profile,
      },
    },
    'system:test',
  );
  const person = await personById(state, userId);
  if (person === null) throw new Error('the person just made is missing');
  return person;
}

/** A story about one payment request of company A over 1,000 EUR; change what the test is about. */
export function story(given: Partial<CaseStory> = {}): CaseStory {
  return {
    story_key: randomUUID(),
    payment_request_key: randomUUID(),
    payment_request_id: 'PR-1',
    source: 'erp',
    invoice_key: null,
    vendor_key: null,
    company_key: companyA,
    title: { vendor_name: 'Acme', invoice_number: 'INV-1', company_name: 'A' },
    score: 0.9,
    expected_loss: '500.0000',
    amount: '1000.0000',
    currency: 'EUR',
    amount_base: '1000.0000',
    base_currency: 'EUR',
    due_at: null,
    findings: [
      {
        finding_key: randomUUID(),
        detector: 'duplicate_invoice_exact',
        score: 0.9,
        amount_at_stake: '1000.0000',
        currency: 'EUR',
        reasons: [],
        found_as_of: '2026-11-19T10:00:00.000Z',
      },
    ],
    ...given,
  };
}

/** A case that one person may release: nothing in it is of high risk. */
export function lowRisk(): Partial<CaseStory> {
  const { findings } = story();
  return { score: 0.1, findings: findings.map((finding) => ({ ...finding, score: 0.1 })) };
}

export const asOf = '2026-11-19T13:12:00.000Z';

/** Opens one case and gives its number. */
export async function oneCase(state: State, given: Partial<CaseStory> = {}): Promise<string> {
  const opened = story(given);
  await syncCases(state, [opened], asOf);
  const [row] = await state.query<{ case_number: string }>(
    'select case_number from cases where story_key = $1',
    [opened.story_key],
  );
  if (row === undefined) throw new Error('the case just opened is missing');
  return row.case_number;
}
