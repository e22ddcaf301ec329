import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { generateDemo } from '#ingest/demo/demo.ts';

export const summary =
  'Write the demo company: source files as an ERP, a bank and a platform export them.';
export const usage = `npx quittance demo --out DIR [options]

  --out DIR     folder to write; its erp, bank and platform folders are replaced
  --seed N      whole number; the same seed gives the same bytes (default: 7)
  --scale X     1 is about 60,000 invoices in 24 months (default: 1)

Beside the files lies answer-key.csv, which only "npx quittance evaluate" reads.`;

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      out: { type: 'string' },
      seed: { type: 'string', default: '7' },
      scale: { type: 'string', default: '1' },
    },
  });
  if (values.out === undefined) throw new Error(`--out is missing.\n\n${usage}`);
  const began = performance.now();
  const seconds = () => ((performance.now() - began) / 1_000).toFixed(1).padStart(6);
  const { rows } = await generateDemo({
    seed: numberOf('--seed', values.seed),
    scale: numberOf('--scale', values.scale),
    folder: resolve(values.out),
    onProgress: (step, count) => {
      console.log(`${seconds()} s  ${step}${count > 0 ? `: ${count.toLocaleString('en')}` : ''}`);
    },
  });
  const total = Object.values(rows).reduce((sum, count) => sum + count, 0);
  console.log(
    `${seconds()} s  ${resolve(values.out)}: ${total.toLocaleString('en')} rows in ${String(Object.keys(rows).length)} files`,
  );
}

function numberOf(option: string, text: string): number {
  const number = Number(text);
  if (text.trim() === '' || !Number.isFinite(number)) {
    throw new Error(`${option} must be a number, but it is "${text}"`);
  }
  return number;
}
