import { expect, test } from 'vitest';
import { auditTests, detectorsByTest } from '#analytics/detectors/audit-tests.ts';

test('every audit test is answered by a detector, or names the field that is missing for it', () => {
  const answered = detectorsByTest();
  expect(auditTests.map(({ number }) => number)).toEqual(
    Array.from({ length: 55 }, (_, index) => index + 1),
  );
  for (const { number, name, missing_field } of auditTests) {
    const ids = answered.get(number) ?? [];
    expect(ids.length > 0, `${String(number)} ${name}`).toBe(missing_field === undefined);
  }
  expect([...answered.values()].filter((ids) => ids.length > 0).length).toBeGreaterThanOrEqual(45);
});
