import { createHmac } from 'node:crypto';
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { findBinaries, type Binaries } from './postgres-binaries.ts';
import { serverUser, type ServerUser } from './postgres-user.ts';

const run = promisify(execFile);

/** The PostgreSQL that Quittance keeps in the data folder. */
export interface PostgresServer {
  readonly url: string;
  /** False when a server of the same folder was already running and we joined it. */
  readonly startedHere: boolean;
  /** Ends it (fast shutdown: open transactions roll back, everything committed stays). */
  stop(): Promise<void>;
}

const database = 'quittance';
const startTimeoutMs = 60_000;
const stopTimeoutMs = 10_000;
const raceMs = 3_000;

/**
 * Starts the server of `dataFolder`, or joins it when it is already running. It listens on a Unix
 * socket in a private folder only (on Windows on loopback), asks for a password (SCRAM) derived
 * from the data folder's secret, and writes with fsync.
 */
export async function startPostgres(options: {
  dataFolder: string;
  secret: string;
}): Promise<PostgresServer> {
  const dataFolder = resolve(options.dataFolder);
  const folder = join(dataFolder, 'postgres');
  const password = createHmac('sha256', options.secret).update('postgres password').digest('hex');
  await mkdir(dataFolder, { recursive: true });

  const running = await runningServer(folder);
  if (running !== null) return await joinServer(running, password);

  const user = await serverUser();
  const place = await makePlace(user);
  try {
    const binaries = await findBinaries(user);
    const setup = { dataFolder, folder, password, user, binaries, socketFolder: place };
    if (!isInitialised(folder)) await initialise(setup);
    return await launch(setup);
  } catch (cause) {
    await rm(place, { recursive: true, force: true });
    throw cause;
  }
}

interface Setup {
  readonly dataFolder: string;
  readonly folder: string;
  readonly password: string;
  readonly user: ServerUser | null;
  readonly binaries: Binaries;
  /** Private folder of the server's user: for the socket and for short-lived files. */
  readonly socketFolder: string;
}

async function makePlace(user: ServerUser | null): Promise<string> {
  const place = await mkdtemp(join(tmpdir(), 'quittance-'));
  await chmod(place, 0o700);
  if (user !== null) await chown(place, user.uid, user.gid);
  return place;
}

/** Makes the cluster under another name first, so that a killed start leaves no half cluster. */
async function initialise(setup: Setup): Promise<void> {
  await removeLeftovers(setup.dataFolder);
  const partial = await mkdtemp(join(setup.dataFolder, `${partialPrefix}${process.pid}-`));
  const passwordFile = join(setup.socketFolder, 'password');
  await writeFile(passwordFile, setup.password, { mode: 0o600 });
  if (setup.user !== null) {
    await chown(partial, setup.user.uid, setup.user.gid);
    await chown(passwordFile, setup.user.uid, setup.user.gid);
  }
  const flags = [
    '--username=quittance',
    '--auth=scram-sha-256',
    `--pwfile=${passwordFile}`,
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '--no-instructions',
  ];
  try {
    await run(setup.binaries.initdb, [`--pgdata=${pathFor(partial, setup.user)}`, ...flags], {
      ...identity(setup, partial),
      timeout: startTimeoutMs,
    });
    await rename(partial, setup.folder);
  } catch (cause) {
    await rm(partial, { recursive: true, force: true });
    // Another start was faster: its cluster is the one.
    if (!isInitialised(setup.folder)) throw startError(setup, textOf(cause), cause);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

const partialPrefix = 'postgres.partial-';

/** Half clusters of starts that were killed. */
async function removeLeftovers(dataFolder: string): Promise<void> {
  for (const name of await readdir(dataFolder)) {
    const pid = Number(name.slice(partialPrefix.length).split('-')[0]);
    if (!name.startsWith(partialPrefix) || isAlive(pid)) continue;
    await rm(join(dataFolder, name), { recursive: true, force: true });
  }
}

function isInitialised(folder: string): boolean {
  return existsSync(join(folder, 'PG_VERSION'));
}

/**
 * A root user's server runs under another user, who may not be allowed to walk down to the data
 * folder (a repository under /root, say). It is started inside it, and names it by its working
 * folder, which needs no walk.
 */
function pathFor(folder: string, user: ServerUser | null): string {
  return user !== null && process.platform === 'linux' ? '/proc/self/cwd' : folder;
}

function identity(
  setup: Setup,
  cwd: string,
): { cwd: string; env: Record<string, string>; uid?: number; gid?: number } {
  const env = { LC_ALL: 'C', TZ: 'UTC', PATH: process.env['PATH'] ?? '', ...setup.binaries.env };
  return setup.user === null
    ? { cwd, env }
    : { cwd, env, uid: setup.user.uid, gid: setup.user.gid };
}

async function launch(setup: Setup): Promise<PostgresServer> {
  const logPath = join(setup.dataFolder, 'postgres.log');
  await forgetForeignPid(setup.folder);
  const log = await open(logPath, 'w', 0o600);
  const port = process.platform === 'win32' ? await freePort() : 5432;
  const settings = {
    listen_addresses: process.platform === 'win32' ? '127.0.0.1' : '',
    port: String(port),
    unix_socket_directories: process.platform === 'win32' ? '' : setup.socketFolder,
    unix_socket_permissions: '0700',
    max_connections: '60',
    shared_buffers: '64MB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    fsync: 'on',
  };
  const child = spawn(
    setup.binaries.postgres,
    [
      '-D',
      pathFor(setup.folder, setup.user),
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    {
      ...identity(setup, setup.folder),
      // Its own process group: Ctrl+C reaches us, and we end it after the last answer.
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    },
  );
  const ended = new Promise<string>((settle) => {
    child.once('error', (error) => settle(error.message));
    child.once('exit', (code) => settle(`it ended with code ${code ?? 'none'}`));
  });
  child.unref();
  await log.close();

  const place = { socketFolder: setup.socketFolder, port, password: setup.password };
  const failed = await Promise.race([answers(place), ended]);
  if (failed !== null) {
    const joined = await joinAfterRace(setup, child.pid);
    if (joined !== null) return joined;
    child.kill('SIGINT');
    throw startError(setup, `${failed}\n${await tailOf(logPath)}`);
  }
  const pid = child.pid ?? 0;
  return {
    url: urlFor(place),
    startedHere: true,
    stop: async () => {
      await stopProcess(pid);
      await rm(setup.socketFolder, { recursive: true, force: true });
    },
  };
}

/** Another start was a moment faster: its server is ours too. */
async function joinAfterRace(
  setup: Setup,
  ownPid: number | undefined,
): Promise<PostgresServer | null> {
  const deadline = performance.now() + raceMs;
  let running = await runningServer(setup.folder);
  // The faster one may still be writing down where it listens.
  while (running === null && performance.now() < deadline) {
    await delay(50);
    running = await runningServer(setup.folder);
  }
  if (running === null || running.pid === ownPid) return null;
  await rm(setup.socketFolder, { recursive: true, force: true });
  return await joinServer(running, setup.password);
}

interface RunningServer {
  readonly pid: number;
  readonly port: number;
  readonly socketFolder: string;
}

async function joinServer(running: RunningServer, password: string): Promise<PostgresServer> {
  const failed = await answers({ ...running, password });
  if (failed !== null) {
    throw new Error(
      `A PostgreSQL (PID ${running.pid}) runs in this data folder but does not let Quittance in: ${failed}. If secret.key was replaced, put the old one back; otherwise end that process and start again`,
    );
  }
  return {
    url: urlFor({ ...running, password }),
    startedHere: false,
    stop: async () => {
      await stopProcess(running.pid);
      if (running.socketFolder !== '') {
        await rm(running.socketFolder, { recursive: true, force: true });
      }
    },
  };
}

/** Reads postmaster.pid; null when there is none or its process is not a PostgreSQL any more. */
async function runningServer(folder: string): Promise<RunningServer | null> {
  const text = await readFile(join(folder, 'postmaster.pid'), 'utf8').catch(() => null);
  if (text === null) return null;
  const [pid, , , port, socketFolder = ''] = text.split('\n');
  const process_ = Number(pid);
  if (!isAlive(process_) || !(await isPostgres(process_)) || port === undefined) return null;
  return { pid: process_, port: Number(port), socketFolder };
}

/** After a crash the noted PID may belong to another program by now; PostgreSQL would refuse to start. */
async function forgetForeignPid(folder: string): Promise<void> {
  const path = join(folder, 'postmaster.pid');
  const text = await readFile(path, 'utf8').catch(() => null);
  const pid = Number(text?.split('\n')[0]);
  if (text !== null && isAlive(pid) && !(await isPostgres(pid))) await rm(path, { force: true });
}

async function isPostgres(pid: number): Promise<boolean> {
  if (process.platform !== 'linux') return true;
  const command = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
  return command.trim() === 'postgres';
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function stopProcess(pid: number): Promise<void> {
  try {
    process.kill(pid, 'SIGINT');
  } catch {
    return;
  }
  const deadline = performance.now() + stopTimeoutMs;
  while (isAlive(pid) && performance.now() < deadline) await delay(20);
  if (isAlive(pid)) process.kill(pid, 'SIGQUIT');
}

interface Place {
  readonly socketFolder: string;
  readonly port: number;
  readonly password: string;
}

function urlFor({ socketFolder, port, password }: Place, name = database): string {
  const host =
    socketFolder === ''
      ? `127.0.0.1:${port}/${name}`
      : `/${name}?host=${encodeURIComponent(socketFolder)}&port=${port}`;
  return `postgres://quittance:${password}@${host}`;
}

/** Waits until the server answers and our database is there; the reason when it does not. */
async function answers(place: Place): Promise<string | null> {
  const deadline = performance.now() + startTimeoutMs;
  let reason = 'it did not answer';
  while (performance.now() < deadline) {
    const client = new pg.Client({ connectionString: urlFor(place, 'postgres') });
    client.on('error', () => undefined);
    try {
      await client.connect();
      const found = await client.query('select 1 from pg_database where datname = $1', [database]);
      if (found.rowCount === 0) await client.query(`create database ${database}`).catch(ignoreTwin);
      return null;
    } catch (cause) {
      reason = textOf(cause);
      const code = cause instanceof Error && 'code' in cause ? cause.code : '';
      // 57P03: still starting up. A socket that is not there yet: ENOENT or ECONNREFUSED.
      if (code !== '57P03' && code !== 'ENOENT' && code !== 'ECONNREFUSED') return reason;
      await delay(20);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
  return reason;
}

/** Two starts at once: the database the other made is the one we wanted. */
function ignoreTwin(cause: unknown): void {
  const code = cause instanceof Error && 'code' in cause ? cause.code : '';
  if (code !== '42P04' && code !== '23505') throw cause;
}

function startError(setup: Setup, detail: string, cause?: unknown): Error {
  const full = /no space left on device|check free disk space/i.test(detail);
  return new Error(
    full
      ? `The disk that holds ${setup.dataFolder} is full: PostgreSQL could not start. Free some space and start again; nothing was lost`
      : `PostgreSQL could not start in ${setup.folder}: ${detail.trim()}`,
    { cause },
  );
}

async function tailOf(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.trim().split('\n').slice(-6).join('\n');
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((listening) => probe.listen(0, '127.0.0.1', listening));
  const address = probe.address();
  await new Promise((closed) => probe.close(closed));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function textOf(cause: unknown): string {
  if (cause instanceof Error && 'stderr' in cause && String(cause.stderr) !== '') {
    return String(cause.stderr);
  }
  return cause instanceof Error ? cause.message : String(cause);
}
