import type { Queries, State } from '../../web/src/lib/server/state/database.ts';

/** The connection broke, or the process died, at a call to the store. */
export class StoreFault extends Error {}

/** What goes wrong at the n-th call: before it reaches the store, or after it was carried out. */
export interface StorePlan {
  readonly failAt: number;
  readonly moment: 'before' | 'after';
  /** The process died: every later call fails too, until `revive`. */
  readonly dies: boolean;
}

/** The state on one connection inside an open transaction, whose calls can be made to fail. */
export interface FaultyStore {
  readonly state: State;
  /** Statements and commits so far since `plan`. */
  readonly calls: number;
  readonly isDead: boolean;
  plan(plan: StorePlan | null): void;
  revive(): void;
}

/**
 * The product's own statements run on real PostgreSQL; its transactions become savepoints of the
 * transaction given, so that thousands of schedules can be rolled back.
 */
export function faultyStore(real: State, connection: Queries): FaultyStore {
  let planned: StorePlan | null = null;
  let calls = 0;
  let isDead = false;

  async function call<Result>(work: () => Promise<Result>): Promise<Result> {
    if (isDead) throw new StoreFault('the process is dead');
    calls++;
    const plan = planned?.failAt === calls ? planned : null;
    if (plan === null) return work();
    isDead = plan.dies;
    if (plan.moment === 'after') await work();
    throw new StoreFault(`call ${calls} failed ${plan.moment} it was carried out`);
  }

  const query: Queries['query'] = (text, values) => call(() => connection.query(text, values));
  const state: State = {
    ...real,
    query,
    transaction: async (work) => {
      await connection.query('savepoint work');
      let isCommitted = false;
      try {
        const result = await work({ query });
        await call(async () => {
          await connection.query('release savepoint work');
          isCommitted = true;
        });
        return result;
      } catch (cause) {
        if (!isCommitted) {
          await connection.query('rollback to savepoint work');
          await connection.query('release savepoint work');
        }
        throw cause;
      }
    },
  };
  return {
    state,
    get calls() {
      return calls;
    },
    get isDead() {
      return isDead;
    },
    plan: (plan) => {
      planned = plan;
      calls = 0;
    },
    revive: () => {
      planned = null;
      isDead = false;
    },
  };
}
