import { readFile } from 'node:fs/promises';

/** The unprivileged account a root user's server runs under. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/**
 * PostgreSQL refuses to run as root. Null when we are not root and nothing is needed; otherwise an
 * account of the machine that it can take: it must be a known one, because initdb looks it up.
 */
export async function serverUser(): Promise<ServerUser | null> {
  if (process.getuid?.() !== 0) return null;
  const accounts = (await readFile('/etc/passwd', 'utf8').catch(() => ''))
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name, , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }))
    .filter(({ uid, gid }) => uid > 0 && gid > 0);
  const chosen =
    accounts.find(({ name }) => name === 'postgres') ??
    accounts.find(({ name }) => name === 'nobody') ??
    accounts[0];
  if (chosen === undefined) {
    throw new Error(
      'PostgreSQL refuses to run as root, and /etc/passwd names no other account to run it under; add one (for example `useradd postgres`), run Quittance as another user, or set DATABASE_URL',
    );
  }
  return { uid: chosen.uid, gid: chosen.gid };
}
