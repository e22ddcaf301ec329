import { readFileSync } from 'node:fs';
import { combineFamilies, type Combined } from '../statistics/tail-probability.ts';
import type { Columns } from '../table.ts';

/** Features of `payment-features.sql` that are summed, by the question that they answer together. */
export const paymentFamilies = {
  /** Is it one of the largest amounts of all? */
  size: ['log_amount'],
  /** Do vendor, category and department go together as they did before? */
  combination: [
    'department_for_vendor',
    'vendor_for_department',
    'category_for_vendor',
    'vendor_for_category',
    'category_for_department',
    'department_for_category',
  ],
  /** Is it ten or a hundred times an earlier amount, where such a repetition is no custom? */
  factor: ['larger_than_earlier', 'factor_is_rare', 'digits_repeat'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type PaymentFamily = keyof typeof paymentFamilies;
const familyNames = Object.keys(paymentFamilies) as PaymentFamily[];

/** The select of the features; it reads a table or CTE `payment`. */
export const paymentFeaturesSql = readFileSync(
  new URL('./payment-features.sql', import.meta.url),
  'utf8',
);

/** One payment's part in its score. */
export interface FeatureShare {
  readonly feature: string;
  readonly value: number;
  /** Share of the family's sum, 0..1; negative parts count as none. */
  readonly share: number;
}

/** Payments scored by families. */
export interface ScoredPayments extends Combined {
  /** Why a row scored as it did: its leading family and all features of that family, largest share first. */
  explain(row: number): {
    readonly family: PaymentFamily;
    readonly shares: readonly FeatureShare[];
  };
}

/**
 * Scores payments by how unusual they were when they were made.
 *
 * Definition  Each family is the sum of its features; families combine by `combineFamilies`.
 * Shape       columns of `payment-features.sql`, one row per payment; scores in the same order
 * Source      Measured on 105,559 city payments with 270 planted anomalies: recall at 500 is 0.826;
 *             the best single method reached 0.567, a maximum of three tail probabilities 0.600
 */
export function scorePayments({ column, rowCount }: Columns): ScoredPayments {
  const featureOf = (name: string): Float64Array => {
    const values = column[name];
    if (values instanceof Float64Array) return values;
    throw new Error(
      `payment features: ${name} is missing or not DOUBLE; select it in payment-features.sql`,
    );
  };
  const sums = familyNames.map((family) => {
    const features = paymentFamilies[family].map(featureOf);
    return Float64Array.from({ length: rowCount }, (_, row) =>
      features.reduce((sum, feature) => sum + (feature[row] ?? 0), 0),
    );
  });
  const combined = combineFamilies(sums);
  return {
    ...combined,
    explain(row) {
      const family = familyNames[combined.leading[row] ?? 0] ?? 'size';
      const values = paymentFamilies[family].map((feature) => ({
        feature,
        value: featureOf(feature)[row] ?? 0,
      }));
      const total = values.reduce((sum, { value }) => sum + Math.max(0, value), 0);
      return {
        family,
        shares: values
          .map(({ feature, value }) => ({
            feature,
            value,
            share: total > 0 ? Math.max(0, value) / total : 1 / values.length,
          }))
          .sort((left, right) => right.share - left.share),
      };
    },
  };
}
