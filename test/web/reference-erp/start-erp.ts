import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../../web/reference-erp/server.ts', import.meta.url));
export const token = 'a token of the tests, long enough to be one';

export interface TestErp {
  readonly settings: { readonly url: string; readonly token_path: string };
  statuses(): Promise<Map<string, string>>;
  versions(): Promise<Map<string, number>>;
  /** Ends the process as a crash would. */
  kill(): Promise<void>;
  /** Starts it again on the same folder. */
  restart(): Promise<TestErp>;
  stop(): Promise<void>;
}

/** The reference ERP as a process of its own, its queue holding the given requests in approval, version 3. */
export async function startErp(options: {
  requests: readonly string[];
  faults?: string;
}): Promise<TestErp> {
  const folder = await mkdtemp(join(tmpdir(), 'quittance-erp-'));
  const headers =
    'Request No.,Document No.,Company Code,Currency,Amount,Status,Status At (UTC),Version,Text';
  const rows = options.requests.map(
    (id) =>
      `${id},D-${id},1000,EUR,1000.00,In approval,2026-11-18T09:00:00Z,3,"a, ""quoted"" text"`,
  );
  const paid = 'PR-OLD,D-OLD,1000,EUR,10.00,Paid,2026-11-01T09:00:00Z,7,';
  await writeFile(join(folder, 'requests.csv'), `${[headers, ...rows, paid].join('\n')}\n`);
  await writeFile(join(folder, 'token'), token);
  return launch(folder, options.faults ?? '');
}

async function launch(folder: string, faults: string): Promise<TestErp> {
  const child = spawn(
    process.execPath,
    [
      program,
      '--folder',
      folder,
      '--requests',
      join(folder, 'requests.csv'),
      '--present',
      '2026-11-19T13:12:00.000Z',
      '--faults',
      faults,
    ],
    {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      env: { ...process.env, REFERENCE_ERP_TOKEN: token },
    },
  );
  const ended = new Promise<void>((settle) => child.once('exit', () => settle()));
  const url = await new Promise<string>((settle, fail) => {
    child.once('exit', (code) => fail(new Error(`the reference ERP ended with ${code}`)));
    child.stdout?.on('data', (text: Buffer) => {
      const found = /listens on (\S+)/.exec(text.toString())?.[1];
      if (found !== undefined) settle(found);
    });
  });
  const rows = async () => {
    const response = await fetch(`${url}/requests`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const body = (await response.json()) as { requests: Record<string, string>[] };
    return body.requests.sort((a, b) =>
      (a['Request No.'] ?? '') < (b['Request No.'] ?? '') ? -1 : 1,
    );
  };
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  return {
    settings: { url, token_path: join(folder, 'token') },
    statuses: async () =>
      new Map((await rows()).map((row) => [row['Request No.'] ?? '', row['Status'] ?? ''])),
    versions: async () =>
      new Map((await rows()).map((row) => [row['Request No.'] ?? '', Number(row['Version'])])),
    kill,
    restart: async () => {
      await kill();
      return launch(folder, faults);
    },
    stop: async () => {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
