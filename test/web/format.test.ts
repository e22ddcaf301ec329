import { describe, expect, test } from 'vitest';
import {
  formatDate,
  formatDateTime,
  formatDayRange,
  formatDuration,
  formatMoney,
  formatNumber,
  formatParts,
} from '#lib/format.ts';

const en = { locale: 'en' } as const;
const zh = { locale: 'zh-CN' } as const;

describe('numbers', () => {
  test('carry the unit of their KPI', () => {
    expect(formatNumber(0.931, 'fraction', en)).toBe('93.1 %');
    expect(formatNumber(7.25, 'days', en)).toBe('7.3 days');
    expect(formatNumber(7.25, 'days', zh)).toBe('7.3天');
    expect(formatNumber(4.56, 'basis_points', en)).toBe('4.6 bps');
    expect(formatNumber(-0.034, 'points', { ...en, signed: true })).toBe('−3.4 pp');
    expect(formatNumber(0.018, 'points', { ...zh, signed: true })).toBe('+1.8个百分点');
    expect(formatNumber(59_419, 'count', en)).toBe('59,419');
  });

  test('an unknown number is a dash, never 0', () => {
    for (const unit of ['fraction', 'days', 'money', 'count', 'seconds'] as const) {
      expect(formatNumber(null, unit, en)).toBe('–');
      expect(formatParts(NaN, unit, en)).toEqual({ value: '–', unit: '' });
    }
    expect(formatNumber(0, 'fraction', en)).toBe('0.0 %');
  });

  test('a length of time is told in the unit that suits it', () => {
    expect(formatDuration(360, en)).toBe('6 min');
    expect(formatDuration(4 * 3_600, en)).toBe('4.0 hours');
    expect(formatDuration(3.24 * 86_400, en)).toBe('3.2 days');
    expect(formatDuration(360, zh)).toBe('6分钟');
    expect(formatDuration(null, en)).toBe('–');
  });
});

describe('money', () => {
  test('keeps every digit of its exact text', () => {
    expect(formatMoney('184300.0000', 'EUR', en)).toBe('€184,300.00');
    expect(formatMoney('99999999999999.99', 'EUR', en)).toBe('€99,999,999,999,999.99');
    expect(formatMoney('742156.4', 'CNY', en)).toBe('CN¥742,156.40');
    expect(formatMoney('742156.4', 'CNY', zh)).toBe('¥742,156.40');
    expect(formatMoney('1200', 'JPY', en)).toBe('JP¥1,200');
  });

  test('has a real minus and is unknown when empty', () => {
    expect(formatMoney('-3.4', 'EUR', en)).toBe('−€3.40');
    expect(formatMoney(null, 'EUR', en)).toBe('–');
  });

  test('is shortened from ten thousand on', () => {
    expect(formatMoney('18420000.00', 'EUR', { ...en, compact: true })).toBe('€18.4M');
    expect(formatMoney('18420000.00', 'EUR', { ...zh, compact: true })).toBe('€1840万');
    expect(formatMoney('8473.21', 'EUR', { ...en, compact: true })).toBe('€8,473.21');
  });

  test('without a currency is a plain amount', () => {
    expect(formatMoney('548200.5', null, en)).toBe('548,200.50');
    expect(formatMoney('548200.5', null, { ...en, whole: true })).toBe('548,201');
  });
});

describe('dates', () => {
  test('are written the way each language writes them', () => {
    expect(formatDate('2026-11-19', en)).toBe('19 Nov 2026');
    expect(formatDate('2026-11-19', zh)).toBe('2026年11月19日');
    expect(formatDate('2026-09-03', { ...en, year: false })).toBe('3 Sep');
  });

  test('are those of the given zone', () => {
    const at = '2026-11-19T23:30:00Z';
    expect(formatDateTime(at, { ...en, timeZone: 'Europe/Amsterdam' })).toBe('20 Nov 2026, 00:30');
    expect(formatDateTime(at, { ...zh, timeZone: 'Asia/Shanghai' })).toBe('2026年11月20日 07:30');
  });

  test('a range names what both ends share once', () => {
    expect(formatDayRange('2026-11-01', '2026-11-19', 'en')).toBe('1–19 Nov 2026');
    expect(formatDayRange('2026-10-28', '2026-11-02', 'en')).toBe('28 Oct – 2 Nov 2026');
    expect(formatDayRange('2025-12-30', '2026-01-02', 'en')).toBe('30 Dec 2025 – 2 Jan 2026');
    expect(formatDayRange('2026-11-01', '2026-11-19', 'zh-CN')).toBe('2026年11月1日–19日');
    expect(formatDayRange('2026-11-19', '2026-11-19', 'en')).toBe('19 Nov 2026');
  });
});
