import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { detectorNamed, detectorVersion } from '#analytics/detectors/detectors.ts';
import { readVerdicts } from '#analytics/learning/verdict-calibration.ts';
import { openWarehouse } from '#analytics/warehouse.ts';
import type { Application } from '../../../web/src/lib/server/application.ts';
import type { Person } from '../../../web/src/lib/server/auth/person.ts';
import {
  caseProbability,
  probabilityInForce,
  type StoredCalibration,
} from '../../../web/src/lib/server/case-risk.ts';
import { calibrate } from '../../../web/src/lib/server/jobs/calibrate.ts';
import { landDecisions } from '../../../web/src/lib/server/jobs/land-decisions.ts';
import type { State } from '../../../web/src/lib/server/state/database.ts';
import { decide } from '../../../web/src/lib/server/state/decisions.ts';
import { readSetting } from '../../../web/src/lib/server/state/settings.ts';
import { freshState, lowRisk, oneCase, somebody } from './fresh-state.ts';

const at = '2026-11-22T02:50:00.000Z';
const finding = { detector: 'duplicate_invoice_exact', score: 0.1 };

async function opened() {
  const state = await freshState();
  const dataFolder = await mkdtemp(join(tmpdir(), 'quittance-calibrate-'));
  const warehouse = await openWarehouse({
    dataFolder,
    accountSecret: 'secret',
    groupCurrency: 'EUR',
  });
  onTestFinished(async () => {
    await warehouse.close();
    await rm(dataFolder, { recursive: true });
  });
  const application = {
    state,
    dataFolder,
    warehouse,
    configuration: { group_currency: 'EUR', sources: [] },
  } as unknown as Application;
  return { state, warehouse, application };
}

async function decidedCase(state: State, person: Person, isFraud: boolean): Promise<void> {
  const result = await decide(state, person, {
    decision_id: randomUUID(),
    case_number: await oneCase(state, lowRisk()),
    case_version: 1,
    verdict: isFraud ? 'error' : 'expected',
    reason_code: isFraud ? 'duplicate' : 'contract',
    action: isFraud ? 'hold' : 'release',
    note: '',
    expected_status: 'in_approval',
    expected_version: 3,
  });
  expect(result.outcome).toBe('decided');
}

test('decisions come back with score, version and pseudonym, and move what cases are worth by night', async () => {
  const { state, warehouse, application } = await opened();
  const mei = await somebody(state);
  const otto = await somebody(state, { name: 'Otto Brandt' });
  for (const person of [mei, otto]) await decidedCase(state, person, true);
  await decidedCase(state, otto, false);
  await state.query(`update decision set decided_at = decided_at - interval '1 hour'`);

  const before = caseProbability([finding], await probabilityInForce(state));
  expect(await landDecisions(application)).toBe(1);
  await warehouse.refresh();
  const verdicts = await readVerdicts(warehouse);
  expect(verdicts).toHaveLength(3);
  expect(verdicts[0]).toMatchObject({
    detector: 'duplicate_invoice_exact',
    version: detectorVersion(detectorNamed('duplicate_invoice_exact')),
    score: 0.1,
  });
  const reviewers = new Set(verdicts.map(({ reviewer }) => reviewer));
  expect(reviewers.size).toBe(2);
  expect([...reviewers].join(' ')).not.toContain(mei.user_id);

  expect(await calibrate(state, warehouse, at)).toBe(true);
  expect(await calibrate(state, warehouse, at)).toBe(false);
  const stored = await readSetting<StoredCalibration>(state, 'calibration');
  expect(stored).toMatchObject({ version: 1, calibrated_at: at, verdicts: 3 });
  expect(stored?.precision).toMatchObject([
    { detector: 'duplicate_invoice_exact', verdicts: 3, worth_stopping: 2 },
  ]);
  const after = caseProbability([finding], await probabilityInForce(state));
  expect(after).toBeGreaterThan(before);
});

test('without verdicts nothing is stored and beliefs stand', async () => {
  const { state, warehouse } = await opened();
  expect(await calibrate(state, warehouse, at)).toBe(false);
  expect(await readSetting(state, 'calibration')).toBeNull();
  const { prior_rate } = detectorNamed('duplicate_invoice_exact');
  expect(caseProbability([finding], await probabilityInForce(state))).toBeCloseTo(
    prior_rate * finding.score,
    10,
  );
});
