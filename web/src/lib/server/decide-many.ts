import * as v from 'valibot';
import { actions, verdicts, type ReasonCode } from '#lib/decisions.ts';
import { m } from '#lib/paraglide/messages.js';
import type { Person } from './auth/person.ts';
import { decisionProblem } from './decision-problem.ts';
import type { State } from './state/database.ts';
import { lacksReleaseNote } from './release-note.ts';
import { decide, type DecideResult } from './state/decisions.ts';

/** Most cases one form decides. */
export const decideManyLimit = 100;

const itemFields = v.object({
  decision_id: v.pipe(v.string(), v.uuid()),
  case_number: v.pipe(v.string(), v.maxLength(40)),
  case_version: v.number(),
  expected_status: v.pipe(v.string(), v.maxLength(40)),
  expected_version: v.number(),
});

/** The cases of one form, as they were shown. */
export const manyItems = v.pipe(v.array(itemFields), v.maxLength(decideManyLimit));

/** The same decision about several cases, as the form posts it. */
export const decideManyFields = v.object({
  items: v.pipe(v.string(), v.parseJson(), v.pipe(manyItems, v.minLength(1))),
  verdict: v.picklist(verdicts),
  reason_code: v.pipe(v.string(), v.minLength(1), v.maxLength(60)),
  action: v.picklist(actions),
  note: v.pipe(v.string(), v.maxLength(4_000)),
});

/** What became of one case of many. */
export interface ItemResult {
  readonly case_number: string;
  readonly done: boolean;
  readonly text: string;
}

/** Decides each case on its own: one refusal never stops or undoes the others. */
export async function decideMany(
  state: State,
  person: Person,
  fields: v.InferOutput<typeof decideManyFields>,
): Promise<ItemResult[]> {
  const { items, reason_code, ...shared } = fields;
  const results: ItemResult[] = [];
  for (const item of items) {
    const input = { ...item, ...shared, reason_code: reason_code as ReasonCode };
    const result: DecideResult = (await lacksReleaseNote(state, person, input))
      ? { outcome: 'invalid', field: 'note' }
      : await decide(state, person, input);
    results.push({
      case_number: item.case_number,
      done: result.outcome === 'decided' || result.outcome === 'asked',
      text: resultText(result),
    });
  }
  return results;
}

function resultText(result: DecideResult): string {
  if (result.outcome === 'decided') return m.triage_delivery_queued();
  if (result.outcome === 'asked') return m.control_waits_for_second();
  return decisionProblem(result);
}
