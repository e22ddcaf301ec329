import { readdir } from 'node:fs/promises';

/** One line of the table: what was measured, and how it stands to its goal (at most `goal`). */
export interface BenchRow {
  readonly what: string;
  readonly measured: string;
  readonly ratio?: number;
  readonly goal?: number;
}

/** Files beside this one that export `run(): Promise<BenchRow[]>`; the others help them. */
const notBenches = new Set(['bench.ts', 'nab-score.ts', 'synthetic.ts']);

await main();

async function main(): Promise<void> {
  const only = process.argv[2];
  const files = (await readdir(import.meta.dirname))
    .filter((file) => file.endsWith('.ts') && !notBenches.has(file))
    .filter((file) => only === undefined || file.includes(only))
    .sort();
  for (const file of files) {
    const bench = (await import(`./${file}`)) as { run: () => Promise<BenchRow[]> };
    console.log(`\n${file.replace('.ts', '')}`);
    for (const row of await bench.run()) console.log(line(row));
  }
}

function line({ what, measured, ratio, goal }: BenchRow): string {
  const against =
    ratio === undefined || goal === undefined
      ? ''
      : `${ratio.toFixed(2).padStart(8)}  goal <= ${goal}  ${ratio <= goal ? 'met' : 'MISSED'}`;
  return `  ${what.padEnd(66)} ${measured.padStart(10)} ${against}`;
}
