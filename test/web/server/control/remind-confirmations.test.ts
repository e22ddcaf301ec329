import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Queryable } from '#analytics/table.ts';
import { afterWorkingHours } from '../../../../web/src/lib/server/control/working-hours.ts';
import { remindConfirmations } from '../../../../web/src/lib/server/jobs/remind-confirmations.ts';
import type { Mail } from '../../../../web/src/lib/server/mail/mail-transport.ts';
import { decide } from '../../../../web/src/lib/server/state/decisions.ts';
import { companyA, freshState, oneCase, somebody, story } from '../fresh-state.ts';

const [finding] = story().findings;
const germany = { time_zone: 'Europe/Berlin', country: 'DE' };

test.each([
  [
    'on a Friday afternoon goes over the weekend',
    '2026-11-20T15:00:00.000Z',
    4,
    '2026-11-23T11:00:00.000Z',
  ],
  [
    'before Christmas goes over the holidays',
    '2026-12-24T15:00:00.000Z',
    4,
    '2026-12-28T11:00:00.000Z',
  ],
  ['at night starts in the morning', '2026-11-18T22:00:00.000Z', 8, '2026-11-19T16:00:00.000Z'],
])('a working time asked for %s', (_, from, hours, until) => {
  expect(afterWorkingHours(from, hours, germany)).toBe(until);
});

test('a country nobody knows has office hours without holidays', () => {
  const place = { time_zone: 'UTC', country: 'ZZ' };
  expect(afterWorkingHours('2026-11-20T16:00:00.000Z', 2, place)).toBe('2026-11-23T10:00:00.000Z');
});

test('who may confirm is reminded once, then the CFO is told once, by the hours of the entity', async () => {
  const state = await freshState();
  const mei = await somebody(state, { name: 'Mei' });
  const ruben = await somebody(state, { name: 'Ruben' });
  const helena = await somebody(state, { name: 'Helena', roles: ['cfo'], locale: 'zh-CN' });
  const case_number = await oneCase(state, {
    findings: [{ ...(finding ?? missing()), score: 0.99 }],
  });
  await decide(state, mei, {
    decision_id: randomUUID(),
    case_number,
    case_version: 1,
    verdict: 'expected',
    reason_code: 'contract',
    action: 'release',
    note: 'x',
    expected_status: 'in_approval',
    expected_version: 1,
  });
  await state.query("update confirmation set asked_at = '2026-11-20T15:00:00Z'");
  const sent: Mail[] = [];
  const transport = {
    send: (mail: Mail) => {
      sent.push(mail);
      return Promise.resolve({ outcome: 'sent' as const });
    },
  };
  const warehouse = {
    rows: () => Promise.resolve([{ company_key: companyA, ...germany }]),
  } as unknown as Queryable;
  const run = (now: string) =>
    remindConfirmations({ state, warehouse, transport, url: 'http://q', secret: 's', now });
  expect(await run('2026-11-22T12:00:00.000Z')).toBe(0);
  expect(
    await Promise.all([run('2026-11-23T11:30:00.000Z'), run('2026-11-23T11:30:00.000Z')]),
  ).toEqual(expect.arrayContaining([expect.any(Number)]));
  expect(sent.map((mail) => mail.to.name).sort()).toEqual(['Helena', 'Ruben']);
  expect(await run('2026-11-23T17:00:00.000Z')).toBe(1);
  expect(await run('2026-11-25T17:00:00.000Z')).toBe(0);
  expect(sent.at(-1)?.subject).toContain('等待第二人一个工作日');
  expect(sent.filter((mail) => mail.to.address === ruben.email)).toHaveLength(1);
  expect(sent.filter((mail) => mail.to.address === helena.email)).toHaveLength(2);
});

function missing(): never {
  throw new Error('the example story has no finding');
}
