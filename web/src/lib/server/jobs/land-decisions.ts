import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FilesMapping } from '#ingest/connectors/files/mapping.ts';
import { landFiles } from '#ingest/land.ts';
import { undoSeconds } from '#lib/decisions.ts';
import type { Application } from '../application.ts';
import { readSetting, saveSetting } from '../state/settings.ts';

/** Decisions landed at once; the rest follows with the next pull. */
const decisionsPerBatch = 10_000;

const columns = [
  'decision_id',
  'case_number',
  'subject_key',
  'detectors',
  'verdict',
  'reason_code',
  'action',
  'decided_at',
  'amount',
  'currency',
] as const;

const mapping: FilesMapping = {
  decisions: {
    match: 'decisions.csv',
    records: {
      decision: { columns: Object.fromEntries(columns.map((column) => [column, column])) },
    },
  },
};

type DecisionRow = Record<(typeof columns)[number], string | null>;

/**
 * Lands the decisions that can no longer be undone as source `quittance`, so that precision by
 * detector and learning from triage are ordinary SQL. Gives the number of batches landed.
 */
export async function landDecisions(application: Application): Promise<number> {
  const { state, dataFolder } = application;
  const landed = await readSetting<{ through: string }>(state, 'decisions_landed');
  const rows = await state.query<DecisionRow>(
    `select d.decision_id, d.case_number,
       coalesce(c.payment_request_key, c.invoice_key, c.vendor_key, c.story_key) as subject_key,
       (select string_agg(distinct f.detector, ',' order by f.detector) from case_finding f
        where f.case_number = c.case_number) as detectors,
       d.verdict, d.reason_code, d.action, d.decided_at, c.amount, c.currency
     from decision d join cases c on c.case_number = d.case_number
     where d.undone_at is null and d.standing_id is null and ($1::timestamptz is null or d.decided_at > $1)
       and d.decided_at < current_timestamp - make_interval(secs => $2)
     order by d.decided_at, d.decision_id limit $3`,
    [landed?.through ?? null, undoSeconds + 5, decisionsPerBatch],
  );
  const last = rows.at(-1);
  if (last === undefined) return 0;

  const inbox = join(dataFolder, 'inbox');
  await mkdir(inbox, { recursive: true });
  const folder = await mkdtemp(join(inbox, 'quittance-'));
  try {
    const path = join(folder, 'decisions.csv');
    const lines = [
      columns.join(','),
      ...rows.map((row) => columns.map((name) => cell(row[name])).join(',')),
    ];
    await writeFile(path, `${lines.join('\n')}\n`);
    const [report] = await landFiles({
      dataFolder,
      source: { name: 'quittance', connector: 'files', settings: { mapping } },
      paths: [path],
      extractedAt: extractedAt(application),
    });
    if (report?.outcome === 'refused') throw new Error(report.why);
    await saveSetting(state, 'decisions_landed', { through: last.decided_at });
    return 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The demo lives at its own present; a batch from today would make everything in it look late. */
function extractedAt(application: Application): string {
  const { configuration, warehouse } = application;
  return configuration.demo === true && warehouse.asOf !== ''
    ? warehouse.asOf
    : new Date().toISOString();
}

function cell(value: string | null): string {
  return value === null ? '' : `"${value.replaceAll('"', '""')}"`;
}
