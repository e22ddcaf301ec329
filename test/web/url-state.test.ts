import { describe, expect, test } from 'vitest';
import { addMonths, hrefWith, pageHref, readEntities, readPeriod } from '#lib/url-state.ts';

const period = (query: string, anchor = '2026-11-19') =>
  readPeriod(new URLSearchParams(query), anchor);
const url = (text: string) => new URL(text, 'http://quittance.test');

describe('the period of a URL', () => {
  test('counts presets back from the last day of the data and compares the same days', () => {
    expect(period('')).toMatchObject({
      id: 'month-to-date',
      from: '2026-11-01',
      to: '2026-11-20',
      previous: { from: '2026-10-01', to: '2026-10-20' },
    });
    expect(period('period=last-month')).toMatchObject({
      from: '2026-10-01',
      to: '2026-11-01',
      previous: { from: '2026-09-01', to: '2026-10-01' },
    });
    expect(period('period=quarter-to-date')).toMatchObject({
      from: '2026-10-01',
      to: '2026-11-20',
      previous: { from: '2026-07-01', to: '2026-08-20' },
    });
    expect(period('period=last-7-days').previous).toEqual({ from: '2026-11-06', to: '2026-11-13' });
  });

  test('can be two days written out, in either order, or the fields of a form', () => {
    const expected = { id: 'custom', from: '2026-02-01', to: '2026-03-01' };
    expect(period('period=2026-02-01..2026-02-28')).toMatchObject(expected);
    expect(period('period=2026-02-28..2026-02-01')).toMatchObject(expected);
    expect(period('from=2026-02-01&to=2026-02-28')).toMatchObject(expected);
  });

  test('compares with the year before when asked, also over a leap day', () => {
    expect(period('compare=year&period=month-to-date', '2024-02-29').previous).toEqual({
      from: '2023-02-01',
      to: '2023-03-01',
    });
  });

  test('falls back to the usual one when it is nonsense or far too long', () => {
    for (const text of ['2026-02-30..2026-03-01', 'x', '0001-01-01..2026-01-01', '..']) {
      expect(period(`period=${text}`).id).toBe('month-to-date');
    }
  });
});

test('the same day of a shorter month is its last', () => {
  expect(addMonths('2026-03-31', -1)).toBe('2026-02-28');
  expect(addMonths('2024-02-29', -12)).toBe('2023-02-28');
});

test('takes only keys as entities', () => {
  const key = '0f8fad5b-d9cb-469f-a165-70867728950e';
  expect(readEntities(new URLSearchParams(`entity=${key},'; drop,${key}x`))).toEqual([key]);
});

test('a changed link keeps the rest, starts paging again and replaces a written period', () => {
  expect(hrefWith(url('/payments?page=3&entity=a&q=x'), { entity: null })).toBe('/payments?q=x');
  expect(hrefWith(url('/overview?from=2026-01-01&to=2026-01-31'), { period: 'last-month' })).toBe(
    '/overview?period=last-month',
  );
  expect(pageHref('/triage', url('/overview?period=last-month&q=x'))).toBe(
    '/triage?period=last-month',
  );
});
