import { application } from './application.ts';

/** What changed: pages that show it load again. */
export type ChangeKey = 'cases' | 'warehouse';
type Listener = (keys: readonly ChangeKey[]) => void;

const listeners = new Set<Listener>();
const lookEvery_ms = 1_000;
let timer: NodeJS.Timeout | undefined;
let last: Readonly<Record<ChangeKey, string>> | undefined;

/** Open listeners one process serves. */
export const listenerLimit = 500;

export function listenerCount(): number {
  return listeners.size;
}

/** Calls back whenever cases, decisions or the warehouse change; one look a second for everybody. */
export function onChange(listener: Listener): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => void look(), lookEvery_ms);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
    last = undefined;
  };
}

async function look(): Promise<void> {
  const now = await fingerprints().catch(() => undefined);
  // While the database does not answer there is nothing to tell; the next look finds out.
  if (now === undefined) return;
  const before = last;
  last = now;
  if (before === undefined) return;
  const changed = (Object.keys(now) as ChangeKey[]).filter((key) => now[key] !== before[key]);
  if (changed.length > 0) for (const listener of listeners) listener(changed);
}

async function fingerprints(): Promise<Record<ChangeKey, string>> {
  const { state, warehouse } = application();
  const [row] = await state.query<{ cases: string }>(
    `select concat_ws('/',
       (select concat_ws(':', count(*), sum(version), max(updated_at)) from cases),
       (select concat_ws(':', count(*), sum(attempts),
          max(greatest(queued_at, sent_at, answered_at, next_attempt_at)),
          count(*) filter (where state = 'undone')) from outbox),
       (select count(*) from case_comment)) as cases`,
  );
  return { cases: row?.cases ?? '', warehouse: String(warehouse.generation) };
}
