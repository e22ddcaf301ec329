import { expect, test } from 'vitest';
import {
  allAuditEntries,
  auditPageSize,
  auditQuery,
  readAudit,
  type AuditQuery,
} from '../../../web/src/lib/server/reads/audit.ts';
import { appendAudit } from '../../../web/src/lib/server/state/audit.ts';
import { commentOnCase } from '../../../web/src/lib/server/state/cases.ts';
import type { Person } from '../../../web/src/lib/server/auth/person.ts';
import type { State } from '../../../web/src/lib/server/state/database.ts';
import { companyA, companyB, freshState, oneCase, somebody } from './fresh-state.ts';

const everything: AuditQuery = { about: '', from: '', to: '' };

/** Two people comment on a case each, of two vendors and entities. */
async function twoCases(): Promise<{ state: State; mei: Person; jan: Person }> {
  const state = await freshState();
  const mei = await somebody(state);
  const jan = await somebody(state, { name: 'Jan Novak' });
  const named = (vendor_name: string) => ({
    title: { vendor_name, invoice_number: 'INV-7', company_name: 'A' },
  });
  await oneCase(state, { ...named('Acme 100% Steel'), payment_request_id: 'PR-10' });
  await oneCase(state, {
    ...named('上海电子'),
    payment_request_id: 'PR-20',
    company_key: companyB,
  });
  await commentOnCase(state, mei, { case_number: 'Q-1001', body: 'a' });
  await commentOnCase(state, jan, { case_number: 'Q-1002', body: 'b' });
  return { state, mei, jan };
}

const commented = async (state: State, person: Person, given: Partial<AuditQuery>) =>
  (await readAudit(state, person, { ...everything, ...given, before_id: null })).entries
    .filter((entry) => entry.action === 'case.commented')
    .map((entry) => entry.subject);

test('finds by case, payment request, vendor and person, newest first', async () => {
  const { state, mei } = await twoCases();
  expect(await commented(state, mei, {})).toEqual(['Q-1002', 'Q-1001']);
  expect(await commented(state, mei, { about: 'Q-1001' })).toEqual(['Q-1001']);
  expect(await commented(state, mei, { about: 'PR-20' })).toEqual(['Q-1002']);
  expect(await commented(state, mei, { about: '100%' })).toEqual(['Q-1001']);
  expect(await commented(state, mei, { about: '上海' })).toEqual(['Q-1002']);
  expect(await commented(state, mei, { about: 'novak' })).toEqual(['Q-1002']);
  expect(await commented(state, mei, { about: 'INV-7' })).toEqual(['Q-1002', 'Q-1001']);
  expect(await commented(state, mei, { about: "'; drop table audit_log; --" })).toEqual([]);
});

test('finds by day, both days included', async () => {
  const { state, mei } = await twoCases();
  const today = new Date().toISOString().slice(0, 10);
  expect(await commented(state, mei, { from: today, to: today })).toHaveLength(2);
  expect(await commented(state, mei, { to: '2020-01-01' })).toEqual([]);
  expect(await commented(state, mei, { from: '2999-01-01' })).toEqual([]);
  expect(await commented(state, mei, { about: 'Q-1001', from: today })).toEqual(['Q-1001']);
});

test('leaves out what the person may not see, also in a search', async () => {
  const { state } = await twoCases();
  const here = await somebody(state, { company_keys: [companyA] });
  expect(await commented(state, here, {})).toEqual(['Q-1001']);
  for (const about of ['Q-1002', 'PR-20', '上海', 'INV-7', 'Jan']) {
    expect(await commented(state, here, { about }), about).not.toContain('Q-1002');
  }
});

test('pages and exports give every entry once', async () => {
  const state = await freshState();
  const person = await somebody(state);
  for (let n = 0; n < auditPageSize * 2; n++) {
    await appendAudit(state, {
      actor: n % 2 === 0 ? person.user_id : 'system:test',
      action: 'test.done',
      subject: 'S',
      before: null,
      after: { n },
    });
  }
  const seen: number[] = [];
  let before_id: number | null = null;
  do {
    const page = await readAudit(state, person, { ...everything, about: 'S', before_id });
    seen.push(...page.entries.map((entry) => entry.id));
    before_id = page.older_than;
  } while (before_id !== null);
  expect(seen).toEqual(seen.toSorted((a, b) => b - a));
  expect(new Set(seen).size).toBe(auditPageSize * 2);
  const exported = await Array.fromAsync(
    allAuditEntries(state, person, { ...everything, about: 'S' }),
  );
  expect(exported.map((entry) => entry.id)).toEqual(seen);
});

test('reads a URL: a day that is none is left out', () => {
  const read = (text: string) => auditQuery(new URLSearchParams(text));
  expect(read('about= Q-1 &from=2026-02-28&to=2026-02-31')).toEqual({
    about: 'Q-1',
    from: '2026-02-28',
    to: '',
  });
  expect(read('from=yesterday&to=2026-13-01')).toEqual(everything);
});
