import pg from 'pg';
import { applicationRole, migrate } from './migrate.ts';
import { startPostgres, type PostgresServer } from './postgres.ts';
import { connectionError, checkVersion } from './external.ts';

/** Values PostgreSQL takes as bound parameters; objects become JSON. */
export type SqlValue =
  string | number | bigint | boolean | null | Date | readonly string[] | object | undefined;

/** Anything statements can be sent to: the pool, or one transaction. */
export interface Queries {
  /** Rows with the column names of the statement. timestamptz as ISO text in UTC, numeric as text, date as text. */
  query<Row>(text: string, values?: readonly SqlValue[]): Promise<Row[]>;
}

/** What people decided: the PostgreSQL database, its own or the one of DATABASE_URL. */
export interface State extends Queries {
  /** All or nothing: throws what `work` throws after rolling back. */
  transaction<Result>(work: (queries: Queries) => Promise<Result>): Promise<Result>;
  /** A pool with the driver's own types, for libraries (sign-in, jobs). */
  readonly pool: pg.Pool;
  readonly url: string;
  /** True when this process talks to the server it keeps in the data folder. */
  readonly embedded: boolean;
  /** True when the database gave us no role of our own, so that only a trigger guards the audit log. */
  readonly mayChangeAudit: boolean;
  /** True when this call started the embedded server, false when it was running already. */
  readonly startedServer: boolean;
  /** Closes the connections; `stopServer` also ends an embedded server. */
  close(options?: { stopServer?: boolean }): Promise<void>;
}

/** Opens the state, starting the embedded server when no `databaseUrl` is given, and migrates it. */
export async function startState(options: {
  dataFolder: string;
  databaseUrl?: string | undefined;
  accountSecret: string;
}): Promise<State> {
  const server: PostgresServer | null =
    options.databaseUrl === undefined
      ? await startPostgres({ dataFolder: options.dataFolder, secret: options.accountSecret })
      : null;
  const url = server?.url ?? options.databaseUrl ?? '';
  try {
    if (server === null) await checkVersion(url);
    return await openState(url, server);
  } catch (cause) {
    if (server?.startedHere === true) await server.stop();
    throw cause;
  }
}

/** Opens a database that is already served, and migrates it. */
export async function openState(url: string, server: PostgresServer | null = null): Promise<State> {
  const owner = poolFor(url, {});
  let role: string | null;
  try {
    role = (await migrate(owner)) ? applicationRole : null;
  } catch (cause) {
    throw connectionError(url, cause);
  } finally {
    await owner.end();
  }
  const options = role === null ? sessionOptions : `${sessionOptions} -c role=${role}`;
  const pool = poolFor(url, { options });
  const own = poolFor(url, { options, types: { getTypeParser: typeParser } });
  return {
    url,
    pool,
    embedded: server !== null,
    mayChangeAudit: role === null,
    startedServer: server?.startedHere ?? false,
    query: (text, values) => run(own, text, values),
    transaction: (work) => inTransaction(own, work),
    close: async (options = {}) => {
      await Promise.all([pool.end(), own.end()]);
      if (options.stopServer === true) await server?.stop();
    },
  };
}

const poolLimit = 12;
const statementTimeoutMs = 30_000;
const sessionOptions = '-c timezone=UTC';

function poolFor(url: string, config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: poolLimit,
    statement_timeout: statementTimeoutMs,
    options: sessionOptions,
    ...config,
  });
  // A connection that breaks is replaced at the next query, which reports what is wrong.
  const ignore = () => undefined;
  pool.on('error', ignore);
  pool.on('connect', (client) => client.on('error', ignore));
  return pool;
}

async function run<Row>(
  target: pg.Pool | pg.PoolClient,
  text: string,
  values: readonly SqlValue[] = [],
): Promise<Row[]> {
  const result = await target.query(text, [...values]);
  return result.rows as Row[];
}

async function inTransaction<Result>(
  pool: pg.Pool,
  work: (queries: Queries) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('begin');
    const result = await work({ query: (text, values) => run(client, text, values) });
    await client.query('commit');
    return result;
  } catch (cause) {
    await client.query('rollback').catch((error: unknown) => {
      broken = error instanceof Error ? error : new Error(String(error));
    });
    throw cause;
  } finally {
    client.release(broken);
  }
}

const { TIMESTAMPTZ, DATE, INT8 } = pg.types.builtins;

/** bigint as number (our counters stay below 2^53), timestamps as ISO text, dates and numerics as text. */
function typeParser(oid: number, format?: 'text' | 'binary'): (text: string) => unknown {
  if (oid === TIMESTAMPTZ) return (text) => new Date(text).toISOString();
  if (oid === DATE) return (text) => text;
  if (oid === INT8) return Number;
  return pg.types.getTypeParser(oid, (format ?? 'text') as 'text') as (text: string) => unknown;
}
