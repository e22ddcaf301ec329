import type { Queries } from '../state/database.ts';

/** An answer on its way into the database. */
export interface AnswerRow {
  readonly token_id: string;
  readonly idempotency_key: string;
  readonly body_hash: string;
  readonly payment_request_key: string;
  readonly company_key: string;
  readonly suggestion: string;
  /** JSON text. */
  readonly answer: string;
}

/** Stored now, or what had been answered under that key before. */
export interface Stored {
  readonly answer: string;
  readonly body_hash: string;
  readonly repeated: boolean;
}

interface Waiting {
  readonly row: AnswerRow;
  readonly stored: PromiseWithResolvers<Stored>;
}

/** Answers that may wait for the database; more are refused. */
const waitingLimit = 2_000;
const groupLimit = 200;

/** The database does not keep up; nothing was stored. */
export class AnswerLogFullError extends Error {
  override readonly name = 'AnswerLogFullError';
}

/**
 * Stores answers in groups: what comes in while one commit is under way goes into the next, so that
 * the number of commits does not grow with the number of requests. An answer is given only once it
 * is committed.
 */
export class AnswerLog {
  readonly #queries: Queries;
  readonly #waiting: Waiting[] = [];
  #isWriting = false;

  constructor(queries: Queries) {
    this.#queries = queries;
  }

  store(row: AnswerRow): Promise<Stored> {
    if (this.#waiting.length >= waitingLimit)
      throw new AnswerLogFullError(`${waitingLimit} answers wait to be stored already`);
    const stored = Promise.withResolvers<Stored>();
    this.#waiting.push({ row, stored });
    if (!this.#isWriting) void this.#write();
    return stored.promise;
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, groupLimit);
      try {
        await storeGroup(this.#queries, group);
      } catch (cause) {
        for (const { stored } of group) stored.reject(cause);
      }
    }
    this.#isWriting = false;
  }
}

async function storeGroup(queries: Queries, group: readonly Waiting[]): Promise<void> {
  const rows = JSON.stringify(group.map(({ row }) => row));
  const inserted = await queries.query<{ token_id: string; idempotency_key: string }>(
    `insert into score_answer
       (token_id, idempotency_key, body_hash, payment_request_key, company_key, suggestion, answer)
     select token_id, idempotency_key, body_hash, payment_request_key, company_key, suggestion, answer::json
     from json_to_recordset($1::json) as asked (
       token_id text, idempotency_key text, body_hash text, payment_request_key uuid,
       company_key uuid, suggestion text, answer text
     )
     on conflict (token_id, idempotency_key) do nothing
     returning token_id, idempotency_key`,
    [rows],
  );
  const isNew = new Set(inserted.map(placeOf));
  const repeated: Waiting[] = [];
  for (const waiting of group) {
    const { row, stored } = waiting;
    // Of two with one key in a group the first is the one that was stored.
    if (isNew.delete(placeOf(row)))
      stored.resolve({ answer: row.answer, body_hash: row.body_hash, repeated: false });
    else repeated.push(waiting);
  }
  if (repeated.length > 0) await tellEarlier(queries, repeated);
}

async function tellEarlier(queries: Queries, repeated: readonly Waiting[]): Promise<void> {
  const earlier = await queries.query<{
    token_id: string;
    idempotency_key: string;
    body_hash: string;
    answer: string;
  }>(
    `select token_id, idempotency_key, body_hash, answer::text as answer
     from score_answer
     join json_to_recordset($1::json) as asked (token_id text, idempotency_key text)
       using (token_id, idempotency_key)`,
    [JSON.stringify(repeated.map(({ row }) => row))],
  );
  const known = new Map(earlier.map((row) => [placeOf(row), row]));
  for (const { row, stored } of repeated) {
    const found = known.get(placeOf(row));
    if (found === undefined) stored.reject(new Error(`answer ${placeOf(row)} is not there`));
    else stored.resolve({ answer: found.answer, body_hash: found.body_hash, repeated: true });
  }
}

function placeOf(row: { token_id: string; idempotency_key: string }): string {
  return `${row.token_id}/${row.idempotency_key}`;
}
