import type { Application } from '../src/lib/server/application.ts';
import { createPerson, generatePassword, setPassword } from '../src/lib/server/auth/accounts.ts';
import { listPeople, type Profile } from '../src/lib/server/auth/person.ts';
import type { Role } from '../src/lib/server/auth/permissions.ts';

/** Somebody whose password is shown this once. */
export interface NewPerson {
  readonly role: Role;
  readonly email: string;
  readonly password: string;
}

const first: readonly { role: Role; name: string; limit: string | null; scoped?: true }[] = [
  { role: 'cfo', name: 'Helena Brandt', limit: null },
  { role: 'analyst', name: 'Jonas Keller', limit: '0' },
  { role: 'risk', name: 'Mei Tanaka', limit: '250000' },
  { role: 'approver', name: 'Pieter de Wit', limit: '50000', scoped: true },
  { role: 'auditor', name: 'Amara Okafor', limit: '0' },
  { role: 'admin', name: 'Sam Rivera', limit: '0' },
];

/**
 * One person per role at the first start, the approver for the first legal entity only. Passwords
 * are generated and returned once; the database has their hashes. `reset` gives them new ones.
 */
export async function firstPeople(
  application: Application,
  reset: boolean,
): Promise<readonly NewPerson[]> {
  const existing = await listPeople(application.state);
  if (existing.length === 0) return createAll(application);
  if (!reset) return [];
  const shown: NewPerson[] = [];
  for (const person of existing) {
    const [role] = person.roles;
    if (role === undefined || person.email !== addressOf(role)) continue;
    const password = generatePassword();
    await setPassword(application.state, person.user_id, password, 'system:start');
    shown.push({ role, email: person.email, password });
  }
  return shown;
}

async function createAll(application: Application): Promise<NewPerson[]> {
  const { configuration, state, warehouse } = application;
  const [company] = await warehouse.rows(
    'select company_key::varchar as company_key, time_zone from company order by company_id limit 1',
  );
  const shown: NewPerson[] = [];
  for (const { role, name, limit, scoped } of first) {
    const password = generatePassword();
    const email = addressOf(role);
    const profile: Profile = {
      roles: [role],
      company_keys: scoped && company !== undefined ? [String(company['company_key'])] : null,
      locale: 'en',
      time_zone: String(company?.['time_zone'] ?? 'UTC'),
      approval_limit: limit,
      limit_currency: limit === null ? null : configuration.group_currency,
    };
    await createPerson(state, { name, email, password, profile }, 'system:start');
    shown.push({ role, email, password });
  }
  return shown;
}

function addressOf(role: Role): string {
  return `${role}@quittance.local`;
}

/** Prints who can sign in with what. Nothing to show means the passwords of the first start still hold. */
export function printPeople(people: readonly NewPerson[]): void {
  if (people.length === 0) {
    console.log('Passwords were shown at the first start; --reset-passwords makes new ones.');
    return;
  }
  console.log('These passwords are shown this once:\n');
  console.log(`  ${'role'.padEnd(10)}${'e-mail'.padEnd(28)}password`);
  for (const { role, email, password } of people) {
    console.log(`  ${role.padEnd(10)}${email.padEnd(28)}${password}`);
  }
}
