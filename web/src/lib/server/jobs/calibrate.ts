import {
  calibrateDetector,
  precisionOfDetectors,
  readVerdicts,
} from '#analytics/learning/verdict-calibration.ts';
import { priorRateOf } from '#analytics/stories.ts';
import type { Warehouse } from '#analytics/warehouse.ts';
import type { StoredCalibration } from '../case-risk.ts';
import type { Queries } from '../state/database.ts';
import { readSetting, saveSetting } from '../state/settings.ts';

/**
 * Learns from all verdicts how often each detector's findings are worth stopping, and stores it with
 * a version. Says whether anything is different from before.
 */
export async function calibrate(
  state: Queries,
  warehouse: Warehouse,
  calibrated_at: string,
): Promise<boolean> {
  if (warehouse.asOf === '') return false;
  const before = await readSetting<StoredCalibration>(state, 'calibration');
  const verdicts = await readVerdicts(warehouse);
  const learned = Object.fromEntries(
    [...Map.groupBy(verdicts, ({ detector }) => detector)]
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([detector, own]) => [detector, calibrateDetector(priorRateOf(detector), own)]),
  );
  const found = {
    verdicts: verdicts.length,
    detectors: learned,
    precision: precisionOfDetectors(verdicts),
  };
  if (before === null ? verdicts.length === 0 : isSame(before.detectors, learned)) return false;
  await saveSetting(state, 'calibration', {
    version: (before?.version ?? 0) + 1,
    calibrated_at,
    ...JSON.parse(JSON.stringify(found)),
  });
  return true;
}

/** PostgreSQL orders the keys of an object its own way, so detectors are compared one by one. */
function isSame(
  before: StoredCalibration['detectors'],
  now: StoredCalibration['detectors'],
): boolean {
  const names = Object.keys(now);
  return (
    names.length === Object.keys(before).length &&
    names.every(
      (name) =>
        JSON.stringify(before[name]?.scores) === JSON.stringify(now[name]?.scores) &&
        JSON.stringify(before[name]?.probabilities) === JSON.stringify(now[name]?.probabilities),
    )
  );
}
