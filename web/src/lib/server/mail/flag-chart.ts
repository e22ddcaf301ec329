import { createRequire } from 'node:module';
import { Resvg } from '@resvg/resvg-js';

/** Flags of one week, by what people found them to be. */
export interface FlagWeek {
  /** Short date under the bar; digits and Latin letters only, the picture carries no other script. */
  readonly label: string;
  readonly confirmed: number;
  readonly dismissed: number;
  readonly undecided: number;
}

const width = 536;
const height = 172;
const plot = { left: 34, right: 530, top: 10, bottom: 140 };
const colours = {
  confirmed: '#0a6660',
  dismissed: '#c9cbc9',
  undecided: '#eceeea',
  grid: '#e1e2dc',
  axis: '#c9cbc4',
  text: '#4f565a',
  onConfirmed: '#ffffff',
};
/** Bars lower than this have no room for their number. */
const smallestLabelled = 14;

/**
 * Stacked bars of flags a week, as SVG: confirmed, false alarm, not decided.
 *
 * Only numbers and dates are drawn; title, legend and table stand as text around the picture, so
 * that they can be read aloud, translated and copied.
 */
export function flagChartSvg(weeks: readonly FlagWeek[]): string {
  const greatest = Math.max(1, ...weeks.map(totalOf));
  const step = niceStep(greatest);
  const top = Math.ceil(greatest / step) * step;
  const y = (value: number): number => plot.bottom - (value / top) * (plot.bottom - plot.top);
  const slot = (plot.right - plot.left) / Math.max(1, weeks.length);
  const bar = Math.min(40, slot * 0.6);

  const lines: string[] = [];
  for (let value = 0; value <= top; value += step) {
    const colour = value === 0 ? colours.axis : colours.grid;
    lines.push(
      `<line x1="${plot.left}" x2="${plot.right}" y1="${round(y(value))}" y2="${round(y(value))}" stroke="${colour}"/>`,
      text(plot.left - 8, y(value) + 4, String(value), { anchor: 'end', size: 11 }),
    );
  }
  const bars = weeks.flatMap((week, at) => {
    const left = plot.left + slot * (at + 0.5) - bar / 2;
    const middle = left + bar / 2;
    let base = 0;
    const parts = (['confirmed', 'dismissed', 'undecided'] as const).flatMap((name) => {
      const value = week[name];
      if (value === 0) return [];
      const from = y(base);
      base += value;
      const tall = from - y(base);
      const rect = `<rect x="${round(left)}" y="${round(y(base))}" width="${round(bar)}" height="${round(tall)}" fill="${colours[name]}"/>`;
      const label = text(middle, y(base) + tall / 2 + 4, String(value), {
        colour: name === 'confirmed' ? colours.onConfirmed : colours.text,
        bold: name === 'confirmed',
      });
      return tall < smallestLabelled ? [rect] : [rect, label];
    });
    return [...parts, text(middle, plot.bottom + 20, week.label, { size: 11 })];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...lines,
    ...bars,
    '</svg>',
  ].join('');
}

/** The chart as PNG at twice its size, drawn without a browser and with our own font only. */
export function flagChartPng(weeks: readonly FlagWeek[]): Buffer {
  const fontFiles = ['400Regular/Inter_400Regular.ttf', '600SemiBold/Inter_600SemiBold.ttf'].map(
    (file) => require.resolve(`@expo-google-fonts/inter/${file}`),
  );
  const drawing = new Resvg(flagChartSvg(weeks), {
    fitTo: { mode: 'zoom', value: 2 },
    font: { fontFiles, loadSystemFonts: false, defaultFontFamily: 'Inter' },
  });
  return drawing.render().asPng();
}

const require = createRequire(import.meta.url);

function text(
  x: number,
  y: number,
  content: string,
  style: { anchor?: 'end'; size?: number; colour?: string; bold?: boolean } = {},
): string {
  return (
    `<text x="${round(x)}" y="${round(y)}" font-family="Inter" font-size="${style.size ?? 12}"` +
    ` font-weight="${style.bold === true ? 600 : 400}" fill="${style.colour ?? colours.text}"` +
    ` text-anchor="${style.anchor ?? 'middle'}">${content.replace(/[^\w ./-]/g, '')}</text>`
  );
}

/** 1, 2 or 5 times a power of ten, so that at most five lines are drawn. */
function niceStep(greatest: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, greatest / 4)));
  return (
    [1, 2, 5, 10].map((times) => times * power).find((step) => greatest / step <= 4.5) ?? power
  );
}

const totalOf = (week: FlagWeek): number => week.confirmed + week.dismissed + week.undecided;
const round = (value: number): number => Math.round(value * 100) / 100;
