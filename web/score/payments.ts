import { scorePayments } from '#analytics/learning/payment-families.ts';
import type { PaymentTable } from '#analytics/learning/read-payments.ts';
import { highestRows } from '#analytics/learning/score-table.ts';
import { averagePrecision, recallAt, rocAuc } from '#analytics/statistics/ranking.ts';

/** Reasons that are told of a payment; all are computed. */
const reasonsTold = 3;
const budget = 500;

/** What `npx quittance score --detector payments` tells of a table of payments. */
export function scoredPayments(table: PaymentTable, clock: () => number) {
  const began = clock();
  const scored = scorePayments(table.features);
  const { isPositive } = table;
  return {
    scores: scored.scores,
    rows: table.rows,
    result: {
      rows: table.rowCount,
      left_out: table.left_out,
      known_until: table.date ?? 'the whole table',
      anomalies: isPositive?.reduce((sum, one) => sum + one, 0) ?? null,
      [`recall_at_${budget}`]: isPositive && recallAt(budget, scored.scores, isPositive),
      roc_auc: isPositive && rocAuc(scored.scores, isPositive),
      average_precision: isPositive && averagePrecision(scored.scores, isPositive),
      seconds: Number(((clock() - began) / 1000).toFixed(3)),
      highest: highestRows(scored.scores, 10).map((row) => {
        const { family, shares } = scored.explain(row);
        return {
          row: table.rows[row] ?? null,
          score: scored.scores[row] ?? null,
          family,
          reasons: shares.slice(0, reasonsTold),
        };
      }),
    },
  };
}
