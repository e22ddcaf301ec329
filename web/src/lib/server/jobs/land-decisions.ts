import { createHmac } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { detectors, detectorVersion } from '#analytics/detectors/detectors.ts';
import { readLiveRules } from '#analytics/rules/live-rules.ts';
import type { FilesMapping } from '#ingest/connectors/files/mapping.ts';
import { landFiles } from '#ingest/land.ts';
import { undoSeconds } from '#lib/decisions.ts';
import type { Application } from '../application.ts';
import { readSecret } from '../secret.ts';
import { readSetting, saveSetting } from '../state/settings.ts';

/** Decisions landed at once; the rest follows with the next pull. */
const decisionsPerBatch = 10_000;

const columns = [
  'decision_id',
  'case_number',
  'subject_key',
  'detectors',
  'detector_scores',
  'detector_versions',
  'verdict',
  'reviewer_key',
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

type Derived = 'detector_versions' | 'reviewer_key';
type DecisionRow = Record<Exclude<(typeof columns)[number], Derived> | 'decided_by', string | null>;

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
       found.detectors, found.detector_scores, d.decided_by, d.verdict, d.reason_code, d.action, d.decided_at, c.amount, c.currency
     from decision d join cases c on c.case_number = d.case_number
     left join lateral (
       select string_agg(detector, ',' order by detector) as detectors,
         string_agg(score::text, ',' order by detector) as detector_scores
       from (select detector, max(score) as score from case_finding f
             where f.case_number = c.case_number group by detector) highest
     ) found on true
     where d.undone_at is null and d.standing_id is null and ($1::timestamptz is null or d.decided_at > $1)
       and d.decided_at < current_timestamp - make_interval(secs => $2)
     order by d.decided_at, d.decision_id limit $3`,
    [landed?.through ?? null, undoSeconds + 5, decisionsPerBatch],
  );
  const last = rows.at(-1);
  if (last === undefined) return 0;

  const versions = await versionsOfDetectors(dataFolder);
  const secret = await readSecret(dataFolder);
  const told = rows.map((row) => ({
    ...row,
    detector_versions:
      row.detectors
        ?.split(',')
        .map((detector) => versions.get(detector) ?? '')
        .join(',') ?? null,
    reviewer_key: pseudonym(secret, row.decided_by),
  }));
  const inbox = join(dataFolder, 'inbox');
  await mkdir(inbox, { recursive: true });
  const folder = await mkdtemp(join(inbox, 'quittance-'));
  try {
    const path = join(folder, 'decisions.csv');
    const lines = [
      columns.join(','),
      ...told.map((row) => columns.map((name) => cell(row[name])).join(',')),
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

/** Versions of all detectors that run, those written by people among them. */
async function versionsOfDetectors(dataFolder: string): Promise<Map<string, string>> {
  const { rules } = await readLiveRules(dataFolder);
  return new Map([
    ...detectors.map((detector): [string, string] => [detector.id, detectorVersion(detector)]),
    ...rules.map(({ rule_id, version }): [string, string] => [`rule:${rule_id}`, String(version)]),
  ]);
}

/** The same for the same person, and nobody's without the data folder's secret. */
function pseudonym(secret: string, userId: string | null): string | null {
  if (userId === null) return null;
  return createHmac('sha256', secret).update(`reviewer ${userId}`).digest('hex').slice(0, 24);
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
