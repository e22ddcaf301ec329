import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startServer } from '../start/server.ts';

export const summary = 'Start Quittance: data, jobs and dashboard.';
export const usage = `npx quittance start [options]

  --data DIR          data folder (default: QUITTANCE_DATA or ./data)
  --port N            port on 127.0.0.1 (default: PORT or 4173)
  --no-open           do not open a browser
  --reset-passwords   give every demo account a new password and show it once

DATABASE_URL           your own PostgreSQL (15 or later) instead of the one brought along
HOST, ORIGIN           address to listen on; public address behind a proxy`;

const defaultPort = 4173;

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      data: { type: 'string' },
      port: { type: 'string' },
      'no-open': { type: 'boolean', default: false },
      'reset-passwords': { type: 'boolean', default: false },
    },
  });
  const starting = startServer({
    dataFolder: resolve(values.data ?? process.env['QUITTANCE_DATA'] ?? 'data'),
    host: process.env['HOST'] ?? '127.0.0.1',
    port: portOf(values.port ?? process.env['PORT']),
    origin: process.env['ORIGIN'],
    databaseUrl: process.env['DATABASE_URL'],
    resetPasswords: values['reset-passwords'],
    openBrowser: !values['no-open'] && process.stdout.isTTY && process.getuid?.() !== 0,
  });
  // Also while it starts: the database is never left running behind a process that is gone.
  const stop = (signal: NodeJS.Signals) => {
    console.log(`\n${signal}: finishing what is under way …`);
    void starting.then((server) => server.stop()).then(() => process.exit(0));
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  await starting;
}

function portOf(text: string | undefined): number {
  if (text === undefined) return defaultPort;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`--port must be a number from 0 to 65535, but it is "${text}"`);
  }
  return port;
}
