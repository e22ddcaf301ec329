import { readFile } from 'node:fs/promises';

const shortest = 12;

/**
 * The passphrase of a backup: from a file, or from QUITTANCE_BACKUP_PASSPHRASE. Never an argument,
 * which every user of the machine could read.
 */
export async function readPassphrase(file: string | undefined): Promise<string> {
  const text =
    file === undefined
      ? (process.env['QUITTANCE_BACKUP_PASSPHRASE'] ?? '')
      : (await readFile(file, 'utf8')).replace(/\r?\n$/, '');
  if (text.length < shortest) {
    throw new Error(
      `A backup needs a passphrase of at least ${shortest} characters, in the file of --passphrase-file or in QUITTANCE_BACKUP_PASSPHRASE; ${text === '' ? 'none was given' : 'this one is shorter'}. Keep it apart from the backup: without it nothing can be restored`,
    );
  }
  return text;
}
