import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { listDeadLetters, replay, type DeadLetter } from '../src/lib/server/state/dead-letters.ts';
import { withState } from '../start/hand-over.ts';

export const summary = 'List decisions that stopped on their way to the ERP; send them again.';
export const usage = `npx quittance deliveries [--data DIR] [--replay CASE …|--replay all] [--dry-run] [--json]

--replay   send the stopped decision of a case again under its own id, or all of them
--dry-run  say what would be sent, send nothing

A decision that a later one has overtaken is never sent again. Exit code 1 when some could not be.`;

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      data: { type: 'string' },
      replay: { type: 'string', multiple: true, default: [] },
      'dry-run': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const dataFolder = resolve(values.data ?? process.env['QUITTANCE_DATA'] ?? 'data');
  const all = values.replay.includes('all');
  const results = await withState(dataFolder, async (state) => {
    const stopped = await listDeadLetters(state);
    const unknown = values.replay.filter(
      (number) => number !== 'all' && !stopped.some((letter) => letter.case_number === number),
    );
    if (unknown.length > 0)
      throw new Error(
        `${unknown.join(', ')}: no stopped decision. \`npx quittance deliveries\` lists those there are.`,
      );
    const answers: (DeadLetter & { result: string })[] = [];
    for (const letter of stopped) {
      const isAsked = all || values.replay.includes(letter.case_number);
      answers.push({ ...letter, result: await resultOf(letter, isAsked) });
    }
    return answers;

    async function resultOf(letter: DeadLetter, isAsked: boolean): Promise<string> {
      if (!isAsked) return letter.is_superseded ? 'superseded' : 'stopped';
      if (values['dry-run']) return letter.is_superseded ? 'superseded' : 'would be sent';
      return replay(state, letter.decision_id, 'system:deliveries');
    }
  });
  if (values.json) console.log(JSON.stringify(results));
  else if (results.length === 0) console.log('No decision has stopped.');
  else
    for (const letter of results)
      console.log(
        `${letter.case_number}  ${letter.action} of payment ${letter.payment_request_id}: ${letter.result} (${letter.why ?? 'no reason'})`,
      );
  const asked = results.filter(({ case_number }) => all || values.replay.includes(case_number));
  if (asked.some(({ result }) => result === 'superseded' || result === 'not_stopped'))
    process.exitCode = 1;
}
