import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../../../shared/data/anomaly/adbench', import.meta.url));

interface Figures {
  readonly roc_auc: number;
  readonly average_precision: number;
  readonly roc_auc_sd?: number;
}

/** The sets measured elsewhere, with their figures; none where the data are not at hand. */
export const measuredSets = existsSync(folder)
  ? Object.entries(
      (
        JSON.parse(readFileSync(`${folder}/baselines.json`, 'utf8')) as {
          sets: Record<string, { file: string; rows: number; detectors: Record<string, Figures> }>;
        }
      ).sets,
    ).map(([name, set]) => ({ name, ...set, path: `${folder}/${set.file}` }))
  : [];
