import { randomUUID } from 'node:crypto';
import { expect, onTestFinished } from 'vitest';
import { openWarehouse, type Warehouse } from '#analytics/warehouse.ts';
import type { Configuration } from '#ingest/configuration.ts';
import type { Action } from '../../web/src/lib/decisions.ts';
import type { Application } from '../../web/src/lib/server/application.ts';
import type { Person } from '../../web/src/lib/server/auth/person.ts';
import { deliver } from '../../web/src/lib/server/jobs/deliver.ts';
import { sendThrough } from '../../web/src/lib/server/jobs/send.ts';
import type { State } from '../../web/src/lib/server/state/database.ts';
import { decide } from '../../web/src/lib/server/state/decisions.ts';
import { freshState, lowRisk, oneCase, somebody } from '../web/server/fresh-state.ts';
import { dataFolder } from './loaded.ts';
import { call, database, type Line } from './tryton-bench.ts';

/** Environment variable in which a test keeps a password. */
export function variableOf(secret: string): string {
  return `QUITTANCE_TEST_${secret.replaceAll('-', '_').toUpperCase()}`;
}

/** Quittance with the bench as its only source, reached over a line, and people of whom some have logins there. */
export async function started(line: Line, changed: Record<string, unknown> = {}) {
  const folder = await dataFolder();
  const state = await freshState();
  const people = {
    mei: await somebody(state),
    mona: await somebody(state, { name: 'Mona' }),
    adam: await somebody(state, { name: 'Adam' }),
    clara: await somebody(state, { name: 'Clara' }),
  };
  const own = (login: string) => ({ user: login, password_env: variableOf(`${login}-bench`) });
  const configuration: Configuration = {
    group_currency: 'EUR',
    sources: [
      {
        name: 'erp',
        connector: 'tryton',
        paths: [],
        settings: {
          url: line.url,
          database,
          user: 'quittance',
          password_env: variableOf('quittance-bench'),
          people: {
            [people.mona.email]: own('manager'),
            [people.adam.email]: own('approver'),
            [people.clara.email]: own('clerk'),
          },
          ...changed,
        },
      },
    ],
  };
  const warehouse = await openWarehouse({
    dataFolder: folder,
    accountSecret: 'of this test',
    groupCurrency: 'EUR',
  });
  onTestFinished(() => warehouse.close());
  const application: Application = {
    dataFolder: folder,
    configuration,
    warehouse,
    state,
    authentication: {} as Application['authentication'],
    url: 'http://127.0.0.1',
    asOf: () => warehouse.asOf,
  };
  return { application, state, warehouse, ...people };
}

/** How far a decision got. */
export interface Sent {
  readonly decision_id: string;
  readonly state: string;
  readonly attempts: number;
  readonly [column: string]: unknown;
}

/** Decides on a payment as it was last read, and sends the decision once. */
export async function decided(
  application: Application,
  { person, id, action }: { person: Person; id: number; action: Action },
): Promise<Sent> {
  const { state, warehouse } = application;
  const case_number = await oneCase(state, {
    payment_request_id: String(id),
    source: 'erp',
    ...lowRisk(),
  });
  const [seen] =
    warehouse.asOf === ''
      ? []
      : await warehouse.rows(
          'select status_version::varchar as version from payment_request where payment_request_id = $id',
          { id: String(id) },
        );
  const decision_id = randomUUID();
  const result = await decide(state, person, {
    decision_id,
    case_number,
    case_version: 1,
    verdict: action === 'release' ? 'expected' : 'error',
    reason_code: action === 'release' ? 'contract' : 'duplicate',
    action,
    note: 'Seen in the test',
    expected_status: 'in_approval',
    expected_version: Number(seen?.['version'] ?? 1),
  });
  expect(result.outcome).toBe('decided');
  return again(application, decision_id);
}

export async function again(
  { state, configuration }: Application,
  decisionId: string,
): Promise<Sent> {
  await deliver(state, decisionId, {
    send: sendThrough(configuration),
    now: () => new Date(),
    random: () => 0,
  });
  const [row] = await state.query<Sent>(
    `select decision_id, state, attempts, erp_status, awaits, last_error from outbox where decision_id = $1`,
    [decisionId],
  );
  if (row === undefined) throw new Error('the decision is not in the outbox');
  return row;
}

/** Ids of the payments a detector found, in order. */
export function flagged(warehouse: Warehouse, detector: string): Promise<number[]> {
  return ids(
    warehouse,
    `select payment_request_id as id from finding join payment_request using (payment_request_key)
     where detector = '${detector}'`,
  );
}

/** Ids of the payments that have a step of this kind. */
export function traced(warehouse: Warehouse, condition: string): Promise<number[]> {
  return ids(
    warehouse,
    `select distinct payment_request_id as id
     from (select request.*, event.action from approval_event as event join payment_request as request using (payment_request_key))
     where ${condition}`,
  );
}

async function ids(warehouse: Warehouse, sql: string): Promise<number[]> {
  const rows = await warehouse.rows(sql);
  return rows.map((row) => Number(row['id'])).sort((a, b) => a - b);
}

export async function statusesOf(warehouse: Warehouse, of: readonly number[]): Promise<unknown[]> {
  const rows = await warehouse.rows('select payment_request_id as id, status from payment_request');
  return of.map((id) => rows.find((row) => Number(row['id']) === id)?.['status']);
}

export async function clicksOn(id: number): Promise<number> {
  const count = await call(
    'admin',
    'model.ir.model.button.click.search_count',
    [
      ['button.model.model', '=', 'account.payment'],
      ['button.name', '=', 'approve'],
      ['record_id', '=', id],
    ],
    { active_test: false },
  );
  return Number(count);
}

export async function lastRun(
  state: State,
): Promise<{ state: string; error: string | null } | undefined> {
  const [row] = await state.query<{ state: string; error: string | null }>(
    'select state, error from source_run order by id desc limit 1',
  );
  return row;
}

export function money(decimal: string): object {
  return { __class__: 'Decimal', decimal };
}
