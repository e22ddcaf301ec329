import { spawn } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The server half of the web bundle. */
export const handlerPath = join(root, 'build/handler.js');

/** What the bundle is made of; analytics and ingest are read from disk, the catalogue also goes to the browser. */
const madeOf = ['web/src', 'web/static', 'messages', 'vite.config.ts', 'package-lock.json'];

/** Builds the web pages when there are none, or when a source is newer. */
export async function buildIfStale(signal: AbortSignal): Promise<void> {
  const built = await stat(handlerPath).catch(() => null);
  if (built !== null && !(await isNewer(madeOf, built.mtimeMs))) return;
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  const child = spawn(process.execPath, [vite, 'build', '--logLevel', 'error'], {
    cwd: root,
    // Inherited from a test run it would make pages for debugging: half as large again, and slower.
    env: { ...process.env, NODE_ENV: 'production' },
    signal,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.on(
    'data',
    (text: Buffer) => (complaint = (complaint + text.toString()).slice(-4_000)),
  );
  const code = await new Promise<number | null>((settle, fail) => {
    child.once('error', fail);
    child.once('close', settle);
  });
  if (code !== 0) {
    throw new Error(
      `The web pages could not be built (\`npm run build\` ended with ${code}):\n${complaint}`,
    );
  }
}

async function isNewer(places: readonly string[], than: number): Promise<boolean> {
  for (const place of places) {
    const path = join(root, place);
    const found = await stat(path);
    if (!found.isDirectory()) {
      if (found.mtimeMs > than) return true;
      continue;
    }
    for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
      // The compiled messages are made anew by every build.
      if (!entry.isFile() || entry.parentPath.includes('paraglide')) continue;
      if ((await stat(join(entry.parentPath, entry.name))).mtimeMs > than) return true;
    }
  }
  return false;
}
