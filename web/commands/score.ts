import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import {
  describeAutoencoder,
  readAutoencoder,
  writeAutoencoder,
  type SavedAutoencoder,
} from '#analytics/learning/autoencoder-file.ts';
import { readPayments } from '#analytics/learning/read-payments.ts';
import { readTable, type TableOfNumbers } from '#analytics/learning/read-table.ts';
import { highestRows, scoreTable, type ScoredTable } from '#analytics/learning/score-table.ts';
import {
  isScorerName,
  scorers,
  type Scorer,
  type ScorerName,
} from '#analytics/learning/scorers.ts';
import { autoencoderScores, trainAutoencoder } from '#analytics/statistics/autoencoder.ts';
import { completeTable } from '#analytics/statistics/numeric-table.ts';
import { openTensors } from '#analytics/statistics/tensors.ts';
import { scoredPayments } from '../score/payments.ts';

const names = Object.keys(scorers);

export const summary = 'Score the rows of a table by how unusual they are.';
export const usage = `npx quittance score TABLE --detector NAME [options]

  TABLE             CSV or Parquet file; every column of numbers but the label is read
  --detector NAME   ${names.join(', ')}, payments
  --label COLUMN    1 = anomaly; not read as a feature; then roc_auc and average_precision are printed
  --seed N          for methods with chance (default: 0)
  --repeats N       random states whose mean is printed when there are labels (default: 5)
  --neighbours N    of knn (default: 5) and lof (default: 20)
  --model FILE      of autoencoder: score with the model in FILE; without FILE, or with --retrain, it is
                    trained on this table and saved there with version, data window and hash
  --out FILE        write row and score of every row as CSV
  --json            print the result as JSON

  for payments, with recall_at_500 when there are labels:
  --amount COLUMN, --vendor COLUMN, and when there are such --category COLUMN, --department COLUMN
  --date COLUMN     a payment is compared with those until its date (default: the file's only column
                    of dates; none: with the whole table)

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
      model: { type: 'string' },
      retrain: { type: 'boolean', default: false },
      amount: { type: 'string' },
      vendor: { type: 'string' },
      category: { type: 'string' },
      department: { type: 'string' },
      date: { type: 'string' },
      out: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const [path, ...others] = positionals;
  if (path === undefined || others.length > 0)
    throw new Error(`expected one TABLE, got ${positionals.length}.\n\n${usage}`);
  const detector = values.detector ?? '';
  if (detector !== 'payments' && !isScorerName(detector))
    throw new Error(
      `--detector must be one of ${[...names, 'payments'].join(', ')}, but it is "${detector}"`,
    );
  if ((values.model !== undefined || values.retrain) && detector !== 'autoencoder')
    throw new Error(`--model and --retrain belong to --detector autoencoder, not ${detector}`);
  if (values.retrain && values.model === undefined)
    throw new Error('--retrain needs --model FILE, where the trained model is kept');
  const { rows, scores, result } =
    detector === 'payments'
      ? await scorePaymentFile(resolve(path), values)
      : await scoreNumbers(resolve(path), detector, values);
  if (values.out !== undefined) {
    const lines = Array.from(scores, (score, row) => `${rows?.[row] ?? row + 1},${score}`);
    await writeFile(resolve(values.out), `row,score\n${lines.join('\n')}\n`);
  }
  if (values.json) console.log(JSON.stringify({ detector, ...result }, null, 2));
  else print({ detector, ...result });
}

type Options = Partial<
  Record<
    'label' | 'neighbours' | 'model' | 'amount' | 'vendor' | 'category' | 'department' | 'date',
    string
  >
> & { readonly seed: string; readonly repeats: string; readonly retrain: boolean };

interface Scored {
  /** Row numbers in the file; null when every row was scored. */
  readonly rows: Float64Array | null;
  readonly scores: Float64Array;
  readonly result: object & {
    readonly highest: readonly { row: number | null; score: number | null }[];
  };
}

async function scorePaymentFile(path: string, options: Options): Promise<Scored> {
  const { amount, vendor, category, department, date, label } = options;
  if (amount === undefined || vendor === undefined)
    throw new Error('--detector payments needs --amount COLUMN and --vendor COLUMN');
  const table = await readPayments(path, { amount, vendor, category, department, date, label });
  return scoredPayments(table, () => performance.now());
}

async function scoreNumbers(path: string, detector: ScorerName, options: Options): Promise<Scored> {
  const table = await readTable(path, options.label);
  const seed = wholeNumber('--seed', options.seed, 0);
  const saved =
    options.model === undefined
      ? null
      : await modelFor(table, { path: resolve(options.model), seed, retrain: options.retrain });
  const scored = await scoreTable(table, {
    scorer: saved === null ? scorers[detector] : savedScorer(saved),
    seed,
    repeats: wholeNumber('--repeats', options.repeats, 1),
    neighbours:
      options.neighbours === undefined
        ? undefined
        : wholeNumber('--neighbours', options.neighbours, 1),
    clock: () => performance.now(),
  });
  const { highest, ...result } = resultOf(table, scored);
  return {
    rows: null,
    scores: scored.scores,
    result: { ...result, ...(saved === null ? {} : { model: aboutModel(saved) }), highest },
  };
}

/** The model in the file; trained on the table and saved there when there is none yet or a new one is asked for. */
async function modelFor(
  table: TableOfNumbers,
  { path, seed, retrain }: { path: string; seed: number; retrain: boolean },
): Promise<SavedAutoencoder> {
  const text = retrain ? null : await textOf(path);
  if (text !== null) return readAutoencoder(text, { path, columns: table.names });
  const tensors = await openTensors();
  const saved = describeAutoencoder(
    trainAutoencoder(tensors, completeTable(table.columns), seed),
    table,
    { trained_at: new Date().toISOString(), backend: tensors.backend },
  );
  await writeFile(path, writeAutoencoder(saved));
  return saved;
}

/** All that a saved model says of itself but its weights. */
function aboutModel(saved: SavedAutoencoder): object {
  return Object.fromEntries(Object.entries(saved).filter(([name]) => name !== 'model'));
}

function savedScorer({ model }: SavedAutoencoder): Scorer {
  return {
    isRandom: false,
    score: async (table) => autoencoderScores(await openTensors(), model, table),
  };
}

async function textOf(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null;
    throw cause;
  }
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

function print({ highest, ...result }: { detector: string } & Scored['result']): void {
  for (const [name, value] of Object.entries(result) as [string, unknown][]) {
    const text = Array.isArray(value)
      ? value.map((one: unknown) => JSON.stringify(one)).join(', ') || 'none'
      : typeof value === 'object' && value !== null
        ? JSON.stringify(value)
        : String(value ?? 'not known without labels of both kinds');
    console.log(`${name.replaceAll('_', ' ').padEnd(18)} ${text}`);
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
