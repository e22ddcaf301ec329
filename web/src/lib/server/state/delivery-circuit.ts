import type { State } from './database.ts';

/** Attempts in a row without an answer after which a source is left alone for a while. */
const failuresAllowed = 5;
const firstPauseSeconds = 15;
const longestPauseSeconds = 5 * 60;

/** Until when nothing is sent to the source of a decision; null when it may be asked. */
export async function circuitOpenUntil(
  state: State,
  decisionId: string,
  now: Date,
): Promise<Date | null> {
  const [row] = await state.query<{ open_until: string }>(
    `select c.open_until from outbox o join delivery_circuit c on c.source = o.source
     where o.decision_id = $1 and c.open_until > $2`,
    [decisionId, now],
  );
  return row === undefined ? null : new Date(row.open_until);
}

/** A source answered, whatever it said: it is asked without pause again. */
export async function noteAnswer(state: State, source: string): Promise<void> {
  await state.query('delete from delivery_circuit where source = $1', [source]);
}

/**
 * A source did not answer. From the fifth time in a row on it is left alone, each time twice as
 * long and five minutes at most; the first attempt after a pause decides about the next one.
 */
export async function noteSilence(
  state: State,
  of: { source: string; why: string; now: Date },
): Promise<void> {
  await state.query(
    `insert into delivery_circuit as c (source, failures, last_error) values ($1, 1, $2)
     on conflict (source) do update set
       failures = c.failures + 1, last_error = $2, changed_at = current_timestamp,
       open_until = case when c.failures + 1 >= $4::integer then $3::timestamptz + make_interval(secs =>
         least($6::double precision, $5::double precision * 2 ^ least(c.failures + 1 - $4::integer, 20))) end`,
    [of.source, of.why, of.now, failuresAllowed, firstPauseSeconds, longestPauseSeconds],
  );
}
