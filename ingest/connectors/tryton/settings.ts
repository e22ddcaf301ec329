import { readFile } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import * as v from 'valibot';

const passwordFields = {
  /** Name of the environment variable that holds the password. */
  password_env: v.optional(
    v.pipe(
      v.string(),
      v.regex(
        /^[A-Za-z_][A-Za-z0-9_]*$/u,
        'Expected the name of an environment variable such as "QUITTANCE_ERP_PASSWORD", not the password.',
      ),
    ),
  ),
  /** Absolute path of a file that holds the password and nothing else. */
  password_path: v.optional(
    v.pipe(v.string(), v.check(isAbsolute, 'Give the absolute path of the file.')),
  ),
};

const oneSecret = 'Give either "password_env" or "password_path".';

function hasOneSecret(of: {
  password_env?: string | undefined;
  password_path?: string | undefined;
}): boolean {
  return (of.password_env === undefined) !== (of.password_path === undefined);
}

const personSchema = v.pipe(
  v.strictObject({ user: v.pipe(v.string(), v.nonEmpty()), ...passwordFields }),
  v.check((of) => hasOneSecret(of), oneSecret),
);

export const settingsSchema = v.pipe(
  v.strictObject({
    url: v.pipe(
      v.string(),
      v.url('Give the address of the server, such as "https://erp.example.com".'),
      v.check(
        isSafeAddress,
        'Use https: passwords go with every call. Plain http is for 127.0.0.1 and localhost alone.',
      ),
    ),
    database: v.pipe(
      v.string(),
      v.regex(/^[A-Za-z0-9_.-]+$/u, 'Give the name of the database, the last part of the address.'),
    ),
    user: v.pipe(v.string(), v.nonEmpty('Give the login of the account that reads and writes.')),
    ...passwordFields,
    /** How to sign in. Sessions are a new one for each reading and each decision, so that none is stale. */
    authentication: v.optional(v.picklist(['session', 'basic']), 'session'),
    /** Logins of people who decide, by their e-mail address here: their releases count as theirs. */
    people: v.optional(
      v.record(v.pipe(v.string(), v.email('Name each person by e-mail address.')), personSchema),
      {},
    ),
    /** Logins that are no persons; the connector's own is always one. */
    service_accounts: v.optional(v.array(v.string()), ['admin']),
    /** How far each reading looks back before the last one: slow transactions appear late. */
    overlap_seconds: v.optional(
      v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(86_400)),
      300,
    ),
    /** More vanished payments than this share (and ten) are an error of access, not deletions. */
    deletion_cap_rate: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 0.02),
    call_timeout_seconds: v.optional(
      v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(600)),
      60,
    ),
  }),
  v.check((of) => hasOneSecret(of), oneSecret),
);

/** Settings of a `tryton` source. */
export type TrytonSettings = v.InferOutput<typeof settingsSchema>;

/** A login and its password, which is read when it is needed and kept nowhere. */
export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/**
 * The login a decision of this person is written with, or the connector's own.
 *
 * Errors  throws when the secret is not there: names the variable or file, never its content.
 */
export async function credentialsOf(
  settings: TrytonSettings,
  email?: string,
): Promise<Credentials & { readonly isOwn: boolean }> {
  const person = Object.entries(settings.people).find(
    ([address]) => address.toLowerCase() === email?.toLowerCase(),
  )?.[1];
  const of = person ?? settings;
  return { user: of.user, password: await readPassword(of), isOwn: person !== undefined };
}

async function readPassword(of: {
  user: string;
  password_env?: string | undefined;
  password_path?: string | undefined;
}): Promise<string> {
  if (of.password_env !== undefined) {
    const password = process.env[of.password_env] ?? '';
    if (password !== '') return password;
    throw new Error(
      `Environment variable ${of.password_env} is empty or not set. Set it to the password of user ${of.user} and start again.`,
    );
  }
  const path = of.password_path ?? '';
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new Error(
      `${path}: expected a file with the password of user ${of.user}, but it cannot be read. Check the path and its permissions.`,
      { cause },
    );
  });
  const password = text.replace(/\r?\n$/u, '');
  if (password !== '') return password;
  throw new Error(`${path}: the file is empty. Write the password of user ${of.user} into it.`);
}

function isSafeAddress(text: string): boolean {
  if (!URL.canParse(text)) return true;
  const { protocol, hostname } = new URL(text);
  if (protocol === 'https:') return true;
  return protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
}
