import { expect, test } from 'vitest';
import { flagChartPng, flagChartSvg } from '#lib/server/mail/flag-chart.ts';

const weeks = [
  { label: '11-02', confirmed: 4, dismissed: 12, undecided: 0 },
  { label: '11-09', confirmed: 7, dismissed: 9, undecided: 5 },
];

/** Heights of the bars of one colour, in the order of the weeks. */
function heights(svg: string, fill: string): number[] {
  return [...svg.matchAll(/<rect [^>]*height="([\d.]+)" fill="([^"]+)"/g)]
    .filter(([, , colour]) => colour === fill)
    .map(([, height]) => Number(height));
}

test('draws bars whose heights are in proportion to the counts', () => {
  const [four = 0, seven = 0] = heights(flagChartSvg(weeks), '#0a6660');
  expect(seven / four).toBeCloseTo(7 / 4, 2);
});

test('draws nothing for zero, and an empty chart for no flags at all', () => {
  const empty = flagChartSvg([{ label: '11-09', confirmed: 0, dismissed: 0, undecided: 0 }]);
  expect(heights(empty, '#0a6660')).toEqual([]);
  expect(empty).not.toContain('NaN');
});

test('lets no markup in through a label', () => {
  const week = { confirmed: 4, dismissed: 12, undecided: 0 };
  const svg = flagChartSvg([{ ...week, label: '"><script>' }]);
  expect(svg).not.toContain('<script');
});

test('makes a picture of twice the size without a browser', () => {
  const png = flagChartPng(weeks);
  expect(png.subarray(1, 4).toString()).toBe('PNG');
  expect(png.readUInt32BE(16)).toBe(2 * 536);
});

test('draws its numbers with our own font: another number is another picture', () => {
  const week = { confirmed: 4, dismissed: 12, undecided: 0 };
  const one = flagChartPng([{ ...week, label: '11-02' }]);
  const other = flagChartPng([{ ...week, label: '11-03' }]);
  expect(one.equals(other)).toBe(false);
});
