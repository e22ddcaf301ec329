import { autoencoderScores, trainAutoencoder } from '../statistics/autoencoder.ts';
import { copod, copodTerm } from '../statistics/copod.ts';
import { ecod, ecodTerm } from '../statistics/ecod.ts';
import { hbos, hbosTerm } from '../statistics/hbos.ts';
import { isolationForest } from '../statistics/isolation-forest.ts';
import { kNearestNeighbours } from '../statistics/k-nearest-neighbours.ts';
import { localOutlierFactor } from '../statistics/local-outlier-factor.ts';
import type { NumericTable } from '../statistics/numeric-table.ts';
import { openTensors } from '../statistics/tensors.ts';

/** What a learning method may be told. */
export interface ScorerSettings {
  /** Same seed, same scores. */
  readonly seed: number;
  /** Nearest rows of kNN and LOF; their usual number when left out. */
  readonly neighbours?: number | undefined;
}

/** A method that learns from a table of numbers what is usual in it. */
export interface Scorer {
  /** Whether the scores depend on the seed. */
  readonly isRandom: boolean;
  /** One score per row, higher = more unusual. */
  score(table: NumericTable, settings: ScorerSettings): Float64Array | Promise<Float64Array>;
  /** One column's part of the score, for methods whose score is a sum: exact shares. */
  readonly term?: (column: Float64Array) => Float64Array;
}

/** The methods that score a table against itself, by the name they are asked for. */
export const scorers = {
  ecod: { isRandom: false, score: (table) => ecod(table), term: ecodTerm },
  copod: { isRandom: false, score: (table) => copod(table), term: copodTerm },
  hbos: { isRandom: false, score: (table) => hbos(table), term: hbosTerm },
  'isolation-forest': {
    isRandom: true,
    score: (table, { seed }) => isolationForest(table, { seed }),
  },
  'extended-isolation-forest': {
    isRandom: true,
    score: (table, { seed }) => isolationForest(table, { seed, extended: true }),
  },
  knn: {
    isRandom: false,
    score: (table, { neighbours }) => kNearestNeighbours(table, neighbours),
  },
  lof: {
    isRandom: false,
    score: (table, { neighbours }) => localOutlierFactor(table, neighbours),
  },
  autoencoder: {
    isRandom: true,
    score: async (table, { seed }) => {
      const tensors = await openTensors();
      return autoencoderScores(tensors, trainAutoencoder(tensors, table, seed), table);
    },
  },
} as const satisfies Record<string, Scorer>;

export type ScorerName = keyof typeof scorers;

/** Whether there is a method of this name. */
export function isScorerName(name: string): name is ScorerName {
  return Object.hasOwn(scorers, name);
}
