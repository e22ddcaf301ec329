import { expect, test } from 'vitest';
import {
  describeAutoencoder,
  readAutoencoder,
  writeAutoencoder,
} from '#analytics/learning/autoencoder-file.ts';
import { autoencoderScores, trainAutoencoder } from '#analytics/statistics/autoencoder.ts';
import { openTensors } from '#analytics/statistics/tensors.ts';

const a = Float64Array.from({ length: 400 }, (_, row) => Math.sin(row));
const table = {
  rowCount: 400,
  names: ['a', 'twice_a', 'seven'],
  // One row breaks the rule that the second column is twice the first.
  columns: [a, a.map((value, row) => (row === 77 ? -2 : 2) * value), new Float64Array(400).fill(7)],
  ignored: [],
  isPositive: null,
  period: { from: '2026-01-01', to: '2026-03-31' },
};
const of = { path: 'model.json', columns: table.names };

async function trained(seed = 5) {
  const tensors = await openTensors();
  const model = trainAutoencoder(tensors, table, seed);
  const about = { trained_at: '2026-04-01T00:00:00.000Z', backend: tensors.backend };
  return { tensors, saved: describeAutoencoder(model, table, about) };
}

test('ranks the row that breaks the relation of two columns first', async () => {
  const { tensors, saved } = await trained();
  const scores = autoencoderScores(tensors, saved.model, table);
  expect(scores.indexOf(Math.max(...scores))).toBe(77);
});

test('is the same model for the same seed, and the same scores after it was saved and read', async () => {
  const { tensors, saved } = await trained();
  expect((await trained()).saved.model_sha256).toBe(saved.model_sha256);
  expect((await trained(6)).saved.model_sha256).not.toBe(saved.model_sha256);
  const read = readAutoencoder(writeAutoencoder(saved), of);
  expect(read).toEqual(saved);
  expect(autoencoderScores(tensors, read.model, table)).toEqual(
    autoencoderScores(tensors, saved.model, table),
  );
});

test('says what it was trained on', async () => {
  const { saved } = await trained();
  expect(saved).toMatchObject({
    version: 1,
    data_window: { rows: 400, from: '2026-01-01', to: '2026-03-31' },
    columns: ['a', 'twice_a', 'seven'],
    model: { trained_rows: 400, seed: 5 },
  });
  expect(saved.data_sha256).toMatch(/^[0-9a-f]{64}$/);
});

test('is refused when it was changed, is no model, or reads other columns', async () => {
  const { saved } = await trained();
  const text = writeAutoencoder(saved);
  const changed = text.replace('"seed": 5', '"seed": 6');
  expect(() => readAutoencoder(changed, of)).toThrow('was changed since it was saved');
  expect(() => readAutoencoder('{}', of)).toThrow('not an autoencoder of this version');
  expect(() => readAutoencoder('row,score', of)).toThrow('not an autoencoder of this version');
  expect(() => readAutoencoder(text, { ...of, columns: ['a', 'b'] })).toThrow(
    'trained on the columns a, twice_a, seven, but the table has a, b',
  );
});
