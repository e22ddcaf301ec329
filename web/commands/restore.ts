import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { restore } from '../src/lib/server/backup/restore.ts';
import { verifyAuditLog } from '../src/lib/server/jobs/verify-audit.ts';
import { readSecret } from '../src/lib/server/secret.ts';
import { startState } from '../src/lib/server/state/database.ts';
import { readPassphrase } from '../start/passphrase.ts';

export const summary = 'Put a backup into an empty folder, and verify it.';
export const usage = `npx quittance restore FILE --data DIR [--passphrase-file FILE]

DIR must be empty; with DATABASE_URL the database must be unused. The next start rebuilds the
warehouse from the raw batches.`;

export async function run(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { data: { type: 'string' }, 'passphrase-file': { type: 'string' } },
  });
  const [file] = positionals;
  if (file === undefined || values.data === undefined) {
    throw new Error(`The backup and --data DIR are needed.\n\n${usage}`);
  }
  const dataFolder = resolve(values.data);
  const started = performance.now();
  const { manifest, state } = await restore({
    path: resolve(file),
    dataFolder,
    passphrase: await readPassphrase(values['passphrase-file']),
    openState: async () =>
      startState({
        dataFolder,
        databaseUrl: process.env['DATABASE_URL'],
        accountSecret: await readSecret(dataFolder),
      }),
  });
  try {
    const anchors = manifest.audit_head === null ? [] : [manifest.audit_head];
    const { intact, first_break, rows } = await verifyAuditLog({ state, dataFolder }, anchors);
    const seconds = ((performance.now() - started) / 1_000).toFixed(1);
    console.log(
      `Restored the backup of ${manifest.made_at}: ${manifest.entries.length} files and tables, ${seconds} s.`,
    );
    if (intact) console.log(`The audit log is unbroken: ${rows} rows.`);
    else {
      console.log(`The audit log is broken at row ${first_break?.id}: ${first_break?.why}.`);
      process.exitCode = 1;
    }
  } finally {
    await state.close({ stopServer: state.startedServer });
  }
}
