import { access, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { backup } from '../src/lib/server/backup/backup.ts';
import { withState } from '../start/hand-over.ts';
import { readPassphrase } from '../start/passphrase.ts';

export const summary = 'Write one encrypted file with all that cannot be made again.';
export const usage = `npx quittance backup --out FILE [--data DIR] [--passphrase-file FILE]

Raw batches, configuration, keys and every decision as of one moment; Quittance may be running.
The passphrase comes from the file, or from QUITTANCE_BACKUP_PASSPHRASE.`;

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      data: { type: 'string' },
      out: { type: 'string' },
      'passphrase-file': { type: 'string' },
    },
  });
  if (values.out === undefined) throw new Error(`--out FILE is needed.\n\n${usage}`);
  const path = resolve(values.out);
  const dataFolder = resolve(values.data ?? process.env['QUITTANCE_DATA'] ?? 'data');
  await access(resolve(dataFolder, 'secret.key')).catch(() => {
    throw new Error(`${dataFolder} is no data folder of Quittance; name it with --data DIR`);
  });
  if (path.startsWith(`${dataFolder}/`)) {
    throw new Error(`Write the backup outside ${dataFolder}: a backup of backups only grows`);
  }
  if (
    await access(path).then(
      () => true,
      () => false,
    )
  ) {
    throw new Error(`${path} exists and is not overwritten; choose another name`);
  }
  const passphrase = await readPassphrase(values['passphrase-file']);
  const started = performance.now();
  const manifest = await withState(dataFolder, (state) =>
    backup({ state, dataFolder, path, passphrase }),
  );
  const { size } = await stat(path);
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  console.log(
    `${manifest.entries.length} files and tables, ${(size / 1e6).toFixed(1)} MB, ${seconds} s. Audit log up to row ${manifest.audit_head?.id ?? 0}.`,
  );
}
