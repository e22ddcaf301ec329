import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { exportedHead } from '../src/lib/server/audit-heads.ts';
import { verifyAuditLog } from '../src/lib/server/jobs/verify-audit.ts';
import { verifySignatures } from '../src/lib/server/state/verify-signatures.ts';
import { withState } from '../start/hand-over.ts';

export const summary =
  'Recompute the audit log and check every signature; name the first that does not hold.';
export const usage = `npx quittance verify [--data DIR] [--head "ROW HASH SIGNATURE" …] [--json]

--head  a head that left the system in a digest: rows cut off after a restore are found too

Exit code 1 when a row was edited, deleted, inserted, exchanged or cut off the end, or when a signature of a
decision is missing or is not over the decision as it is stored.`;

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
  const { mayChangeAudit, signed, ...result } = await withState(dataFolder, async (state) => ({
    ...(await verifyAuditLog({ state, dataFolder }, exported)),
    signed: await verifySignatures(state),
    mayChangeAudit: state.mayChangeAudit,
  }));
  const { intact, rows, head, first_break } = result;
  if (values.json) console.log(JSON.stringify({ ...result, signed }));
  else if (intact) console.log(`${rows} rows, unbroken. Last hash: ${head?.hash ?? 'none'}`);
  else
    console.log(
      `Broken at row ${first_break?.id}: ${first_break?.why}. ${rows} rows before it are intact.`,
    );
  if (!values.json) {
    console.log(
      signed.first_break === null
        ? `${signed.signatures} signatures of decisions, all right.`
        : `Decision ${signed.first_break.decision_id}: ${signed.first_break.why}.`,
    );
  }
  if (mayChangeAudit && !values.json) {
    console.log(
      'The database user of DATABASE_URL may not create roles, so only a trigger guards the log; grant it CREATEROLE once and start Quittance again.',
    );
  }
  if (!intact || !signed.intact) process.exitCode = 1;
}
