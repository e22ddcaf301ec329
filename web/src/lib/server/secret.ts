import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const bytes = 32;

/**
 * The data folder's secret: account tokens, sessions and the database password derive from it.
 * Made at the first start, readable by its owner only, never replaced.
 */
export async function readSecret(dataFolder: string): Promise<string> {
  const path = join(dataFolder, 'secret.key');
  await mkdir(dataFolder, { recursive: true });
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(`${randomBytes(bytes).toString('hex')}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause;
  }
  const secret = (await readFile(path, 'utf8')).trim();
  if (!/^[0-9a-f]{64}$/.test(secret)) {
    throw new Error(
      `${path} must hold ${bytes * 2} hexadecimal digits, but it does not; put back the file this data folder was made with`,
    );
  }
  await chmod(path, 0o600);
  return secret;
}
