import { expect, test } from 'vitest';
import { digestPeriod, lastDue, startOfDay, weeksUpTo } from '#lib/server/mail/digest-period.ts';

const monday = { weekday: 1, hour: 7, time_zone: 'Europe/Berlin' };

test('is due at the wanted hour of the local day, not before', () => {
  expect(lastDue(monday, '2026-11-16T06:00:00Z')).toBe('2026-11-16T06:00:00Z');
  expect(lastDue(monday, '2026-11-16T05:59:59Z')).toBe('2026-11-09T06:00:00Z');
});

test('is due at the next valid instant when the clocks skip the hour', () => {
  // Berlin has no 02:30 on 29 March 2026; 02:00 becomes 03:00 summer time, 01:00 UTC.
  const sunday = { weekday: 7, hour: 2, time_zone: 'Europe/Berlin' };
  expect(lastDue(sunday, '2026-03-29T12:00:00Z')).toBe('2026-03-29T01:00:00Z');
});

test('is due once, the first time, when an hour comes twice', () => {
  const sunday = { weekday: 7, hour: 2, time_zone: 'Europe/Berlin' };
  expect(lastDue(sunday, '2026-10-25T00:30:00Z')).toBe('2026-10-25T00:00:00Z');
  expect(lastDue(sunday, '2026-10-25T01:30:00Z')).toBe('2026-10-25T00:00:00Z');
});

test('keeps half-hour shifts of summer time', () => {
  const lordHowe = { weekday: 1, hour: 7, time_zone: 'Australia/Lord_Howe' };
  expect(lastDue(lordHowe, '2026-10-05T00:00:00Z')).toBe('2026-10-04T20:00:00Z');
});

test('covers the last whole week, Monday to Sunday, of the zone', () => {
  expect(digestPeriod('2026-11-16T06:00:00Z', 'Europe/Berlin')).toEqual({
    start: '2026-11-09',
    end: '2026-11-16',
  });
  // Already Monday in Shanghai, still Sunday in New York.
  expect(digestPeriod('2026-11-15T22:00:00Z', 'Asia/Shanghai').end).toBe('2026-11-16');
  expect(digestPeriod('2026-11-15T22:00:00Z', 'America/New_York').end).toBe('2026-11-09');
});

test('counts weeks back from the period and days from local midnight', () => {
  const period = { start: '2026-11-09', end: '2026-11-16' };
  expect(weeksUpTo(period, 3)).toEqual(['2026-10-26', '2026-11-02', '2026-11-09']);
  expect(startOfDay('2026-11-09', 'Asia/Shanghai')).toBe('2026-11-08T16:00:00Z');
});
