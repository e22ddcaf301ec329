import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { exportedHead } from '../src/lib/server/audit-heads.ts';
import { verifyAuditLog } from '../src/lib/server/jobs/verify-audit.ts';
import { withState } from '../start/hand-over.ts';

export const summary = 'Recompute the audit log; name the first row that is not what was written.';
export const usage = `npx quittance verify [--data DIR] [--head "ROW HASH SIGNATURE" …] [--json]

--head  a head that left the system in a digest: rows cut off after a restore are found too

Exit code 1 when a row was edited, deleted, inserted, exchanged or cut off the end.`;

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      data: { type: 'string' },
      head: { type: 'string', multiple: true, default: [] },
      json: { type: 'boolean', default: false },
    },
  });
  const dataFolder = resolve(values.data ?? process.env['QUITTANCE_DATA'] ?? 'data');
  const exported = await Promise.all(values.head.map((text) => exportedHead(text, dataFolder)));
  const { mayChangeAudit, ...result } = await withState(dataFolder, async (state) => ({
    ...(await verifyAuditLog({ state, dataFolder }, exported)),
    mayChangeAudit: state.mayChangeAudit,
  }));
  const { intact, rows, head, first_break } = result;
  if (values.json) console.log(JSON.stringify(result));
  else if (intact) console.log(`${rows} rows, unbroken. Last hash: ${head?.hash ?? 'none'}`);
  else
    console.log(
      `Broken at row ${first_break?.id}: ${first_break?.why}. ${rows} rows before it are intact.`,
    );
  if (mayChangeAudit && !values.json) {
    console.log(
      'The database user of DATABASE_URL may not create roles, so only a trigger guards the log; grant it CREATEROLE once and start Quittance again.',
    );
  }
  if (!intact) process.exitCode = 1;
}
