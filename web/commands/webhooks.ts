import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readSecret } from '../src/lib/server/secret.ts';
import {
  addEndpoint,
  listEndpoints,
  removeEndpoint,
  rotateSecret,
} from '../src/lib/server/webhooks/endpoints.ts';
import { withState } from '../start/hand-over.ts';

export const summary =
  'Tell other systems what was decided, by the Standard Webhooks specification.';
export const usage = `npx quittance webhooks [--data DIR] [--add URL | --rotate URL | --remove URL]

Without an option: the addresses, how many messages wait, and how many failed for good.
--add      tell an https address of the public internet; prints its secret, this once
--rotate   a new secret beside the one before it; also turns an address on again that answered 410
--remove   tell it nothing any more`;

const actor = 'system:webhooks';

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      data: { type: 'string' },
      add: { type: 'string' },
      rotate: { type: 'string' },
      remove: { type: 'string' },
    },
  });
  const dataFolder = resolve(values.data ?? process.env['QUITTANCE_DATA'] ?? 'data');
  const dataSecret = await readSecret(dataFolder);
  const { add, rotate, remove } = values;
  await withState(dataFolder, async (state) => {
    if (add !== undefined) console.log(await addEndpoint(state, { url: add, dataSecret, actor }));
    if (rotate !== undefined)
      console.log(await rotateSecret(state, { url: rotate, dataSecret, actor }));
    if (remove !== undefined) await removeEndpoint(state, { url: remove, actor });
    if (add !== undefined || rotate !== undefined || remove !== undefined) return;
    const endpoints = await listEndpoints(state);
    if (endpoints.length === 0) console.log('Nobody is told anything.');
    for (const one of endpoints)
      console.log(
        `${one.url}: ${one.disabled_because === null ? 'on' : `off, ${one.disabled_because}`}, ${one.queued} waiting, ${one.failed} failed, ${one.active_secrets} active secret(s)`,
      );
  });
}
