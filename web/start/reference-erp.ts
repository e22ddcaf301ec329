import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { demoPresent } from '#ingest/demo/demo.ts';
import { writeConfiguration, type Configuration } from '#ingest/configuration.ts';

export interface RunningErp {
  /** The configuration with the address it listens on. */
  readonly configuration: Configuration;
  stop(): Promise<void>;
}

const program = fileURLToPath(new URL('../reference-erp/server.ts', import.meta.url));
const startTimeoutMs = 20_000;
const stopTimeoutMs = 3_000;

/** Starts the stand-in ERP of the demo as a process of its own and makes it a live source. */
export async function startReferenceErp(
  dataFolder: string,
  configuration: Configuration,
): Promise<RunningErp> {
  const folder = join(dataFolder, 'reference-erp');
  await mkdir(folder, { recursive: true });
  const tokenPath = join(folder, 'token');
  const token = await tokenOf(tokenPath);
  const wished = configuration.reference_erp?.url;
  const child = spawn(
    process.execPath,
    [
      program,
      '--folder',
      folder,
      '--requests',
      join(dataFolder, 'demo/erp/payment_requests.csv'),
      '--present',
      demoPresent,
      '--port',
      wished === undefined ? '0' : new URL(wished).port,
      '--faults',
      process.env['REFERENCE_ERP_FAULTS'] ?? '',
    ],
    {
      // Ctrl+C is for us: it has to answer until our last delivery is done.
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      env: { ...process.env, REFERENCE_ERP_TOKEN: token },
    },
  );
  const url = await addressOf(child);
  const changed = withErp(configuration, url, tokenPath);
  if (url !== wished) await writeConfiguration(dataFolder, changed);
  return {
    configuration: changed,
    stop: () => stopChild(child),
  };
}

function withErp(configuration: Configuration, url: string, tokenPath: string): Configuration {
  const others = configuration.sources.filter(({ connector }) => connector !== 'reference-erp');
  return {
    ...configuration,
    reference_erp: { url },
    sources: [
      ...others,
      {
        name: 'erp',
        connector: 'reference-erp',
        settings: { url, token_path: tokenPath },
        paths: [],
      },
    ],
  };
}

async function tokenOf(path: string): Promise<string> {
  const kept = await readFile(path, 'utf8').catch(() => null);
  if (kept !== null) return kept.trim();
  const token = randomBytes(32).toString('hex');
  await writeFile(path, `${token}\n`, { mode: 0o600 });
  return token;
}

/** The child says on its first line where it listens. */
function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((settle, fail) => {
    let said = '';
    const timer = setTimeout(
      () => fail(new Error('The reference ERP did not start within 20 s')),
      startTimeoutMs,
    );
    child.stdout?.on('data', (text: Buffer) => {
      said += text.toString();
      const url = /listens on (\S+)/.exec(said)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      settle(url);
    });
    child.once('error', fail);
    child.once('exit', (code) => {
      clearTimeout(timer);
      fail(new Error(`The reference ERP ended with code ${code} before it listened: ${said}`));
    });
  });
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((settle) => child.once('exit', () => settle()));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
  await ended;
  clearTimeout(timer);
}
