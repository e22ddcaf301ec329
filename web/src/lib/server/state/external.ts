import pg from 'pg';

/** Oldest PostgreSQL a DATABASE_URL may point to. */
const oldestVersion = 15;

/** Refuses a server that cannot be reached or is too old, in words a person can act on. */
export async function checkVersion(url: string): Promise<void> {
  let client: pg.Client;
  try {
    client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  } catch (cause) {
    throw new Error(`${notAUrl} It could not be read: ${textOf(cause)}`, { cause });
  }
  try {
    await client.connect();
    const result = await client.query<{ version: string; number: string }>(
      `select current_setting('server_version') as version, current_setting('server_version_num') as number`,
    );
    const { version = 'unknown', number = '0' } = result.rows[0] ?? {};
    const problem = versionProblem(Number(number), version);
    if (problem !== null) throw new Error(problem);
  } catch (cause) {
    throw connectionError(url, cause);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Why a server of this version cannot be used; null when it can. `number` is server_version_num. */
export function versionProblem(number: number, version: string): string | null {
  return number >= oldestVersion * 10_000
    ? null
    : `DATABASE_URL points to PostgreSQL ${version}; Quittance needs ${oldestVersion} or later. Upgrade that server, or unset DATABASE_URL to use the one Quittance brings along`;
}

const notAUrl = 'DATABASE_URL must look like postgres://user:password@host:5432/database.';

/** What a failed connection means and what to do; other errors are handed back as they are. */
export function connectionError(url: string, cause: unknown): Error {
  const original = cause instanceof Error ? cause : new Error(String(cause));
  const advice = adviceFor(url, original);
  return advice === null ? original : new Error(advice, { cause: original });
}

function adviceFor(url: string, cause: Error): string | null {
  const { host, user, database } = partsOf(url);
  const unset = 'or unset DATABASE_URL to use the server Quittance brings along';
  switch (codeOf(cause)) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `DATABASE_URL names the host ${host}, which cannot be found; correct the host, ${unset}`;
    case 'ECONNREFUSED':
      return `No PostgreSQL answers at ${host}; start it or correct host and port in DATABASE_URL, ${unset}`;
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `PostgreSQL at ${host} did not answer in time; check the network and DATABASE_URL, ${unset}`;
    case '28P01':
    case '28000':
      return `PostgreSQL at ${host} refused user ${user}: ${cause.message}. Correct user and password in DATABASE_URL, ${unset}`;
    case '3D000':
      return `PostgreSQL at ${host} has no database ${database}; create it with \`create database ${database}\` or correct DATABASE_URL`;
    case '42501':
      return `User ${user} may not do what Quittance needs in database ${database}: ${cause.message}. Make the user owner of the database`;
    case '53300':
      return `PostgreSQL at ${host} has no free connection: ${cause.message}. Raise max_connections; Quittance uses up to 40`;
    case '53100':
      return `The disk of PostgreSQL at ${host} is full: ${cause.message}. Free space and start again; nothing was lost`;
    default:
      return cause.message.includes('timeout expired')
        ? `PostgreSQL at ${host} did not answer in 10 s; check the network and DATABASE_URL, ${unset}`
        : null;
  }
}

/** The parts of a connection URL that may be shown: never the password. */
function partsOf(url: string): { host: string; user: string; database: string } {
  try {
    const { host, port, user = '(none)', database = '(none)' } = new pg.Client(url);
    return { host: host.startsWith('/') ? host : `${host}:${port}`, user, database };
  } catch {
    return { host: '(unreadable)', user: '(unreadable)', database: '(unreadable)' };
  }
}

function codeOf(cause: Error): string | undefined {
  if (cause instanceof AggregateError && cause.errors[0] instanceof Error) {
    return codeOf(cause.errors[0]);
  }
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
