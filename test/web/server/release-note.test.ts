import { expect, test } from 'vitest';
import { lacksReleaseNote } from '../../../web/src/lib/server/release-note.ts';
import { companyA, companyB, freshState, oneCase, somebody, story } from './fresh-state.ts';

const [finding] = story().findings;
if (finding === undefined) throw new Error('the example story has no finding');
const grave = [{ ...finding, detector: 'duplicate_invoice_exact', score: 0.99 }];
const slight = [{ ...finding, detector: 'rubber_stamp', score: 0.3 }];

test('releasing what is likely worth stopping needs a word why', async () => {
  const state = await freshState();
  const risk = await somebody(state, { roles: ['risk'] });
  const case_number = await oneCase(state, { findings: grave });
  const release = { case_number, action: 'release', note: ' ' } as const;
  expect(await lacksReleaseNote(state, risk, release)).toBe(true);
  expect(await lacksReleaseNote(state, risk, { ...release, note: 'called the vendor' })).toBe(
    false,
  );
  expect(await lacksReleaseNote(state, risk, { ...release, action: 'hold' })).toBe(false);
});

test('a slight case may be released without a word, one outside the scope says nothing', async () => {
  const state = await freshState();
  const risk = await somebody(state, { roles: ['risk'] });
  const case_number = await oneCase(state, { findings: slight });
  expect(await lacksReleaseNote(state, risk, { case_number, action: 'release', note: '' })).toBe(
    false,
  );
  const elsewhere = await somebody(state, { roles: ['risk'], company_keys: [companyB] });
  const other = await oneCase(state, {
    story_key: 'aaaaaaaa-0000-4000-8000-000000000001',
    company_key: companyA,
    findings: grave.map((one) => ({ ...one, finding_key: 'bbbbbbbb-0000-4000-8000-000000000001' })),
  });
  const release = { case_number: other, action: 'release', note: '' } as const;
  expect(await lacksReleaseNote(state, elsewhere, release)).toBe(false);
});
