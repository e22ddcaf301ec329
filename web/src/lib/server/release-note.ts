import { bandOf } from '#analytics/stories.ts';
import type { Action } from '#lib/decisions.ts';
import type { Person } from './auth/person.ts';
import { caseProbability, probabilityInForce } from './case-risk.ts';
import type { Queries } from './state/database.ts';

/** Releasing what is likely worth stopping needs a word why; true when that word is missing. */
export async function lacksReleaseNote(
  queries: Queries,
  person: Person,
  input: { readonly case_number: string; readonly action: Action; readonly note: string },
): Promise<boolean> {
  if (input.action !== 'release' || input.note.trim() !== '') return false;
  const findings = await queries.query<{ detector: string; score: number }>(
    `select f.detector, f.score from case_finding f join cases c using (case_number)
     where c.case_number = $2 and ($1::uuid[] is null or c.company_key = any($1))`,
    [person.company_keys, input.case_number],
  );
  const band = bandOf(caseProbability(findings, await probabilityInForce(queries)));
  return band === 'very_high' || band === 'high';
}
