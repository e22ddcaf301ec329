import { hostname } from 'node:os';
import pg from 'pg';
import type { State } from './database.ts';
import { readSetting, saveSetting } from './settings.ts';

/** Key of the advisory lock that one running Quittance holds. */
const ownerLock = 7_420_000;

/** The Quittance that owns a database and its data folder. */
export interface Owner {
  readonly pid: number;
  readonly host: string;
  readonly url: string;
  readonly data_folder: string;
  readonly started_at: string;
}

export interface Ownership {
  release(): Promise<void>;
}

/** Another Quittance works on this data; `owner` says which. */
export class AlreadyOwnedError extends Error {
  override name = 'AlreadyOwnedError';
  readonly owner: Owner | null;
  constructor(owner: Owner | null) {
    super(
      owner === null
        ? 'Another Quittance uses this database; stop it first'
        : `Quittance already runs on ${owner.data_folder}: PID ${owner.pid}${owner.host === hostname() ? '' : ` on ${owner.host}`}, at ${owner.url}. Use that one, stop it first, or choose another folder with --data DIR`,
    );
    this.owner = owner;
  }
}

/**
 * Makes this process the owner for as long as its connection lives: a killed owner is no owner.
 * `onLost` is called when the connection breaks; nothing may be written after that.
 *
 * Errors  `AlreadyOwnedError` when another process owns it.
 */
export async function takeOwnership(
  state: State,
  options: { url: string; dataFolder: string; onLost?: () => void },
): Promise<Ownership> {
  const client = new pg.Client({ connectionString: state.url, keepAlive: true });
  let released = false;
  const lost = () => {
    if (!released) options.onLost?.();
  };
  client.on('error', lost);
  client.on('end', lost);
  await client.connect();
  const answer = await client.query<{ taken: boolean }>(
    'select pg_try_advisory_lock($1) as taken',
    [ownerLock],
  );
  if (answer.rows[0]?.taken !== true) {
    released = true;
    await client.end();
    throw new AlreadyOwnedError(await readSetting<Owner>(state, 'owner'));
  }
  const owner: Owner = {
    pid: process.pid,
    host: hostname(),
    url: options.url,
    data_folder: options.dataFolder,
    started_at: new Date().toISOString(),
  };
  await saveSetting(state, 'owner', { ...owner });
  return {
    release: async () => {
      released = true;
      await client.end();
    },
  };
}
