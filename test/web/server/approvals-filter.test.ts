import { expect, test } from 'vitest';
import { bandText, readFilter, variantKey } from '#lib/server/reads/approvals-filter.ts';
import { hrefToggled } from '#lib/server/reads/approvals-filter-view.ts';

const read = (query: string) => readFilter(new URLSearchParams(query));

test('reads every choice of the URL', () => {
  expect(
    read(
      'with=A&with=B&without=C&after=A&then=B&variant=ab12&band=500..2500&attr.channel=ach&acts=50&paths=70&clock=working&measure=p90',
    ),
  ).toEqual({
    with_activities: ['A', 'B'],
    without_activities: ['C'],
    transition: { from: 'A', to: 'B' },
    variant: 'ab12',
    band: { from: 500, to: 2500 },
    texts: { channel: 'ach' },
    activity_percent: 50,
    path_percent: 70,
    clock: 'working',
    measure: 'p90',
  });
});

test('leaves out what makes no sense', () => {
  expect(read('band=x&acts=-3&paths=900&clock=moon&after=A&attr.channel=')).toMatchObject({
    band: null,
    activity_percent: 98,
    path_percent: 100,
    clock: 'calendar',
    transition: null,
    texts: {},
  });
  expect(read('band=..').band).toBeNull();
});

test('an open band keeps its open end', () => {
  expect(read('band=50000..').band).toEqual({ from: 50_000, to: null });
  expect(bandText({ from: null, to: 500 })).toBe('..500');
});

test('a value is put in once and taken away the second time', () => {
  const url = new URL('http://quittance.test/approvals?with=A');
  expect(hrefToggled(url, 'with', 'B')).toBe('/approvals?with=A&with=B');
  expect(hrefToggled(url, 'with', 'A')).toBe('/approvals');
});

test('a variant has the same key in every log', () => {
  expect(variantKey(['A', 'B'])).toBe(variantKey(['A', 'B']));
  expect(variantKey(['A', 'B'])).not.toBe(variantKey(['AB']));
});
