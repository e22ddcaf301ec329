import { createHash } from 'node:crypto';
import type { Autoencoder } from '../statistics/autoencoder.ts';
import type { TableOfNumbers } from './read-table.ts';

/** What a saved autoencoder says about itself, so that a score can be traced to what it was learned from. */
export interface SavedAutoencoder {
  readonly kind: 'quittance-autoencoder';
  /** Of this format and of the way to train. */
  readonly version: 1;
  readonly trained_at: string;
  readonly backend: string;
  /** The rows it was drawn from; from and to are the range of the table's only column of dates. */
  readonly data_window: {
    readonly rows: number;
    readonly from: string | null;
    readonly to: string | null;
  };
  /** SHA-256 of the columns' names and values in order. */
  readonly data_sha256: string;
  /** SHA-256 of the weights and scales. */
  readonly model_sha256: string;
  readonly columns: readonly string[];
  readonly model: Autoencoder;
}

/** Describes a trained model and the table it was trained on. */
export function describeAutoencoder(
  model: Autoencoder,
  table: TableOfNumbers,
  how: { trained_at: string; backend: string },
): SavedAutoencoder {
  const data = createHash('sha256').update(JSON.stringify(table.names));
  for (const column of table.columns) data.update(bytesOf(column));
  return {
    kind: 'quittance-autoencoder',
    version: 1,
    ...how,
    data_window: { rows: table.rowCount, from: null, to: null, ...table.period },
    data_sha256: data.digest('hex'),
    model_sha256: hashOf(model),
    columns: table.names,
    model,
  };
}

/** The text of a model's file. */
export function writeAutoencoder(saved: SavedAutoencoder): string {
  return JSON.stringify(
    saved,
    (_, value: unknown) =>
      value instanceof Float32Array || value instanceof Float64Array
        ? bytesOf(value).toString('base64')
        : value,
    1,
  );
}

/**
 * Reads the text of a model's file.
 *
 * Errors  throws when it is no such file, of another version, changed since it was saved, or trained
 *         on other columns than the table has
 */
export function readAutoencoder(
  text: string,
  of: { path: string; columns: readonly string[] },
): SavedAutoencoder {
  const saved = parsed(text);
  if (!isThisVersion(saved))
    throw new Error(
      `${of.path} is not an autoencoder of this version; train it again with --retrain`,
    );
  const model: Autoencoder = {
    ...saved.model,
    weights: saved.model.weights.map((weight) => new Float32Array(bufferOf(weight))),
    centres: new Float64Array(bufferOf(saved.model.centres)),
    scales: new Float64Array(bufferOf(saved.model.scales)),
    errors: new Float64Array(bufferOf(saved.model.errors)),
  };
  if (hashOf(model) !== saved.model_sha256)
    throw new Error(`${of.path} was changed since it was saved; train it again with --retrain`);
  if (saved.columns.join('\n') !== of.columns.join('\n'))
    throw new Error(
      `${of.path} was trained on the columns ${saved.columns.join(', ')}, but the table has ${of.columns.join(', ')}; train it again with --retrain`,
    );
  return { ...saved, model };
}

/** The same with its numbers as text. */
type Stored = Omit<SavedAutoencoder, 'model'> & {
  readonly model: Omit<Autoencoder, 'weights' | 'centres' | 'scales' | 'errors'> & {
    readonly weights: readonly string[];
    readonly centres: string;
    readonly scales: string;
    readonly errors: string;
  };
};

function isThisVersion(saved: Partial<Stored> | null): saved is Stored {
  return saved?.kind === 'quittance-autoencoder' && saved.version === 1;
}

function parsed(text: string): Partial<Stored> | null {
  try {
    return JSON.parse(text) as Partial<Stored> | null;
  } catch {
    return null;
  }
}

function hashOf({ units, weights, centres, scales, errors, seed }: Autoencoder): string {
  const hash = createHash('sha256').update(JSON.stringify({ units, seed }));
  for (const part of [...weights, centres, scales, errors]) hash.update(bytesOf(part));
  return hash.digest('hex');
}

function bytesOf(values: Float32Array | Float64Array): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}

function bufferOf(text: string): ArrayBuffer {
  return Uint8Array.from(Buffer.from(text, 'base64')).buffer;
}
