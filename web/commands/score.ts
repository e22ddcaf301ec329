import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readTable, type TableOfNumbers } from '#analytics/learning/read-table.ts';
import { highestRows, scoreTable, type ScoredTable } from '#analytics/learning/score-table.ts';
import { isScorerName, scorers } from '#analytics/learning/scorers.ts';

const names = Object.keys(scorers);

export const summary = 'Score the rows of a table by how unusual they are.';
export const usage = `npx quittance score TABLE --detector NAME [options]

  TABLE             CSV or Parquet file; every column of numbers but the label is read
  --detector NAME   ${names.join(', ')}
  --label COLUMN    1 = anomaly; not read as a feature; then roc_auc and average_precision are printed
  --seed N          for methods with chance (default: 0)
  --repeats N       random states whose mean is printed when there are labels (default: 5)
  --neighbours N    of knn (default: 5) and lof (default: 20)
  --out FILE        write row and score of every row as CSV
  --json            print the result as JSON

The table is scored against itself. A missing value counts as the column's median, an infinite one as
one range beyond the most extreme; both are counted. Columns of texts and dates are named and left out.`;

export async function run(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      detector: { type: 'string' },
      label: { type: 'string' },
      seed: { type: 'string', default: '0' },
      repeats: { type: 'string', default: '5' },
      neighbours: { type: 'string' },
      out: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const [path, ...others] = positionals;
  if (path === undefined || others.length > 0)
    throw new Error(`expected one TABLE, got ${positionals.length}.\n\n${usage}`);
  const detector = values.detector ?? '';
  if (!isScorerName(detector))
    throw new Error(`--detector must be one of ${names.join(', ')}, but it is "${detector}"`);
  const table = await readTable(resolve(path), values.label);
  const scored = scoreTable(table, {
    scorer: scorers[detector],
    seed: wholeNumber('--seed', values.seed, 0),
    repeats: wholeNumber('--repeats', values.repeats, 1),
    neighbours:
      values.neighbours === undefined
        ? undefined
        : wholeNumber('--neighbours', values.neighbours, 1),
    clock: () => performance.now(),
  });
  if (values.out !== undefined) {
    const lines = Array.from(scored.scores, (score, row) => `${row + 1},${score}`);
    await writeFile(resolve(values.out), `row,score\n${lines.join('\n')}\n`);
  }
  const result = { detector, ...resultOf(table, scored) };
  if (values.json) console.log(JSON.stringify(result, null, 2));
  else print(result);
}

function resultOf(table: TableOfNumbers, { scores, ...scored }: ScoredTable) {
  const positives = table.isPositive?.reduce((sum, one) => sum + one, 0) ?? null;
  return {
    rows: table.rowCount,
    columns: table.names.length,
    ignored: table.ignored,
    missing_values: scored.missing,
    infinite_values: scored.infinite,
    anomalies: positives,
    roc_auc: scored.roc_auc,
    average_precision: scored.average_precision,
    ...(scored.roc_auc_sd === null ? {} : { roc_auc_sd: scored.roc_auc_sd }),
    ...(positives === 0 || positives === table.rowCount
      ? { note: 'all labels are of one class, so there is nothing to compare' }
      : {}),
    seconds: Number(scored.seconds.toFixed(3)),
    highest: highestRows(scores, 10).map((row) => ({ row: row + 1, score: scores[row] ?? null })),
  };
}

function print({ highest, ...result }: { detector: string } & ReturnType<typeof resultOf>): void {
  for (const [name, value] of Object.entries(result)) {
    const text = Array.isArray(value)
      ? value.map(({ column, because }) => `${column} (${because})`).join(', ') || 'none'
      : (value ?? 'not known without labels');
    console.log(`${name.replaceAll('_', ' ').padEnd(18)} ${String(text)}`);
  }
  console.log('\nrow        score');
  for (const { row, score } of highest) console.log(`${String(row).padEnd(10)} ${String(score)}`);
}

function wholeNumber(option: string, text: string, least: number): number {
  const number = Number(text);
  if (text.trim() === '' || !Number.isInteger(number) || number < least || number > 4_000_000_000)
    throw new Error(`${option} must be a whole number from ${least} on, but it is "${text}"`);
  return number;
}
