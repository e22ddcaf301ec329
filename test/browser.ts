/**
 * A real Chromium for journey tests, with nothing but npm: the machine's own when there is one,
 * otherwise the one inside @sparticuz/chromium, unpacked once under node_modules/.cache.
 */
import { inflate } from '@sparticuz/chromium';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium, type Browser } from 'playwright-core';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const archives = join(root, 'node_modules/@sparticuz/chromium');

const systemBrowsers = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

const launchArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts Chromium; the caller closes it. */
export async function launchBrowser(): Promise<Browser> {
  const { executablePath, env } = await findBrowser();
  return chromium.launch({ executablePath, env, args: launchArguments, headless: true });
}

/** Where the browser is and what it needs in its environment; unpacks it when it has to. */
export async function findBrowser(): Promise<{
  executablePath: string;
  env: Record<string, string>;
}> {
  const env = inheritedEnvironment();
  const chosen = env['CHROMIUM_PATH'];
  if (chosen !== undefined && !existsSync(chosen)) {
    throw new Error(
      `CHROMIUM_PATH names ${chosen}, which does not exist; correct it or unset it to use the one from npm`,
    );
  }
  const system = chosen ?? systemBrowsers.find((path) => existsSync(path));
  if (system !== undefined) return { executablePath: system, env };

  const folder = await unpackedFolder();
  const executablePath = join(folder, 'chromium');
  // A machine without font settings gets the fonts that come along.
  if (!existsSync('/etc/fonts/fonts.conf')) env['FONTCONFIG_PATH'] ??= join(folder, 'fonts');
  if (!(await starts(executablePath, env))) {
    // A bare container lacks libnss3 and friends; the package brings its own copies.
    env['LD_LIBRARY_PATH'] = [join(folder, 'al2023/lib'), env['LD_LIBRARY_PATH']]
      .filter((path) => path !== undefined)
      .join(':');
  }
  return { executablePath, env };
}

/** Unpacks beside the final folder and renames, so that two runs at once cannot see half a browser. */
async function unpackedFolder(): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(archives, 'package.json'), 'utf8'));
  const { version } = manifest as { version: string };
  const cache = join(root, 'node_modules/.cache/chromium');
  const folder = join(cache, version);
  if (existsSync(folder)) return folder;

  await mkdir(cache, { recursive: true });
  const partial = await mkdtemp(join(cache, 'unpacking-'));
  const temporaryFolder = process.env['TMPDIR'];
  // The package unpacks into the folder for temporary files, and reads its name at each call.
  process.env['TMPDIR'] = partial;
  try {
    const names = ['chromium.br', 'fonts.tar.br', 'swiftshader.tar.br', 'al2023.tar.br'];
    await Promise.all(names.map((name) => inflate(join(archives, 'bin', name))));
  } finally {
    if (temporaryFolder === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = temporaryFolder;
  }
  // The settings that come along look for the fonts in /tmp only.
  await writeFile(
    join(partial, 'fonts/fonts.conf'),
    `<?xml version="1.0"?><fontconfig><dir>${folder}/fonts</dir><cachedir>${folder}/fonts/cache</cachedir></fontconfig>\n`,
  );
  try {
    await rename(partial, folder);
  } catch (cause) {
    await rm(partial, { recursive: true, force: true });
    if (!existsSync(folder)) throw new Error(`cannot unpack Chromium into ${folder}`, { cause });
  }
  return folder;
}

async function starts(executablePath: string, env: Record<string, string>): Promise<boolean> {
  try {
    await run(executablePath, ['--no-sandbox', '--version'], { env, timeout: 20_000 });
    return true;
  } catch {
    return false;
  }
}

function inheritedEnvironment(): Record<string, string> {
  const entries = Object.entries(process.env);
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
