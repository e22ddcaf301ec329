import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { verifyAuditLog } from '../src/lib/server/jobs/verify-audit.ts';
import { withState } from '../start/hand-over.ts';

export const summary = 'Recompute the audit log; name the first row that is not what was written.';
export const usage = `npx quittance verify [--data DIR] [--json]

Exit code 1 when a row was edited, deleted, inserted, exchanged or cut off the end.`;

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { data: { type: 'string' }, json: { type: 'boolean', default: false } },
  });
  const dataFolder = resolve(values.data ?? process.env['QUITTANCE_DATA'] ?? 'data');
  const result = await withState(dataFolder, (state) => verifyAuditLog({ state, dataFolder }));
  const { intact, rows, head, first_break } = result;
  if (values.json) console.log(JSON.stringify(result));
  else if (intact) console.log(`${rows} rows, unbroken. Last hash: ${head?.hash ?? 'none'}`);
  else
    console.log(
      `Broken at row ${first_break?.id}: ${first_break?.why}. ${rows} rows before it are intact.`,
    );
  if (!intact) process.exitCode = 1;
}
