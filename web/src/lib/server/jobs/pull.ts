import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SourceConfiguration } from '#ingest/configuration.ts';
import { connectorNamed } from '#ingest/connectors.ts';
import { landFiles, listBatches, type LandReport } from '#ingest/land.ts';
import * as v from 'valibot';
import type { Application } from '../application.ts';
import { probabilityInForce } from '../case-risk.ts';
import { syncCases } from '../state/case-sync.ts';
import type { Queries } from '../state/database.ts';
import { opensCases } from '../state/opens-cases.ts';
import { readSetting, saveSetting } from '../state/settings.ts';
import { keepRules } from './keep-rules.ts';
import { caseStories } from './case-stories.ts';
import { landDecisions } from './land-decisions.ts';
import { openRequests } from './open-requests.ts';

const fetchTimeoutMs = 5 * 60_000;

/**
 * Brings the warehouse up to date: asks each live source for what is new, lands it and our own
 * decisions, refreshes, and brings the cases up to the findings. A source that fails is recorded
 * and does not stop the others.
 */
export async function pull(application: Application): Promise<void> {
  const { configuration, warehouse } = application;
  let landed = 0;
  for (const source of configuration.sources) {
    if (connectorNamed(source.connector).fetch !== undefined) {
      landed += await pullSource(application, source);
    }
  }
  landed += await landDecisions(application);
  const hasOtherRules = await keepRules(application);
  if (landed > 0 || hasOtherRules || (await hasUnappliedBatches(application)))
    await warehouse.refresh();
  await bringCasesUp(application);
}

/** Somebody else landed files, e.g. `npx quittance ingest` beside the running server. */
async function hasUnappliedBatches({ dataFolder, warehouse }: Application): Promise<boolean> {
  const landed = (await listBatches(dataFolder)).filter(({ status }) => status === 'landed');
  const [applied] = await warehouse.rows('select count(*)::integer as batches from batch');
  return landed.length > Number(applied?.['batches'] ?? 0);
}

/** Queues a pull shortly after a decision was sent, so that the answer's effect is seen; one for many. */
export async function pullSoon(queries: Queries): Promise<void> {
  await queries.query(
    `select graphile_worker.add_job('pull', queue_name => 'pull', max_attempts => 1,
       job_key => 'pull:soon', run_at => current_timestamp + interval '3 seconds')`,
  );
}

/** Opens and updates cases when the warehouse, or what opens cases, has changed since the last time. */
export async function bringCasesUp(
  application: Application,
  { isChanged = false }: { isChanged?: boolean } = {},
): Promise<void> {
  const { state, warehouse, configuration } = application;
  if (warehouse.asOf === '') return;
  const current = { generation: warehouse.generation, as_of: warehouse.asOf };
  const last = await readSetting<typeof current>(state, 'cases_synced');
  await state.query(
    `update cases set state = 'open', snoozed_until = null, version = version + 1
     where state = 'snoozed' and snoozed_until <= current_timestamp`,
  );
  if (!isChanged && last?.generation === current.generation && last.as_of === current.as_of) return;
  const stories = await caseStories(warehouse, {
    asOf: warehouse.asOf,
    groupCurrency: configuration.group_currency,
    opens: await opensCases(state, warehouse.asOf),
    probabilityOf: await probabilityInForce(state),
  });
  await syncCases(state, stories, warehouse.asOf);
  await saveSetting(state, 'cases_synced', current);
}

async function pullSource(application: Application, source: SourceConfiguration): Promise<number> {
  const { state, dataFolder, warehouse } = application;
  const connector = connectorNamed(source.connector);
  if (connector.fetch === undefined) return 0;
  const [last] = await state.query<{ since: string }>(
    `select extracted_at - interval '1 second' as since from source_run
     where source = $1 and state = 'done' order by id desc limit 1`,
    [source.name],
  );
  const [started] = await state.query<{ id: number }>(
    `insert into source_run (source, started_at, state) values ($1, current_timestamp, 'running')
     returning id`,
    [source.name],
  );
  const inbox = join(dataFolder, 'inbox');
  await mkdir(inbox, { recursive: true });
  const folder = await mkdtemp(join(inbox, `${source.name}-`));
  try {
    const fetched = await connector.fetch({
      settings: v.parse(connector.settings, source.settings),
      folder,
      ...(last === undefined ? {} : { since: last.since }),
      ...(warehouse.asOf === ''
        ? {}
        : { openRequests: () => openRequests(warehouse, source.name) }),
      signal: AbortSignal.timeout(fetchTimeoutMs),
    });
    const reports =
      fetched.paths.length === 0
        ? []
        : await landFiles({
            dataFolder,
            source: { name: source.name, connector: source.connector, settings: source.settings },
            paths: fetched.paths,
            extractedAt: fetched.extracted_at,
          });
    const why = reports.flatMap((report) => problemOf(report)).join('; ');
    const rows = reports.map(rowsOf).reduce((sum, count) => sum + count, 0);
    const { extracted_at, warnings = [] } = fetched;
    await end(application, {
      id: started?.id,
      rows,
      extracted_at,
      state: why === '' ? 'done' : 'failed',
      error: [why, ...warnings].filter((text) => text !== '').join('; ') || null,
    });
    return reports.filter((report) => report.outcome === 'landed').length;
  } catch (cause) {
    const error = cause instanceof Error ? cause.message : String(cause);
    await end(application, {
      id: started?.id,
      rows: 0,
      extracted_at: null,
      state: 'failed',
      error,
    });
    return 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function end(
  application: Application,
  run: {
    id: number | undefined;
    rows: number;
    extracted_at: string | null;
    state: 'done' | 'failed';
    error: string | null;
  },
): Promise<void> {
  await application.state.query(
    `update source_run set ended_at = current_timestamp, state = $2, rows_landed = $3, error = $4,
       extracted_at = $5 where id = $1`,
    [run.id, run.state, run.rows, run.error, run.extracted_at],
  );
}

function problemOf(report: LandReport): string[] {
  if (report.outcome === 'refused') return [report.why];
  if (report.outcome === 'held') return [report.manifest.held_because ?? 'a control total differs'];
  return [];
}

function rowsOf(report: LandReport): number {
  if (report.outcome !== 'landed') return 0;
  return Object.values(report.manifest.physical_records).reduce((sum, count) => sum + count, 0);
}
