import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Finds a limit that payments avoid, without being told of it. */
export const avoidedLimit: Detector = {
  id: 'avoided_limit',
  tests: [23],
  kind: 'risk',
  subject: 'payment',
  question: 'Is there an amount that payments stay just below?',
  definition:
    'Among round amounts (1, 1.5, 2, 2.5, 3, 4, 5, 6 and 7.5 times a power of ten): at least least_count payments of a year just below, at least least_factor times as many as just above (5 % on each side), and crowded against those further below. Told at the last payment below, once the year’s last quarter is over.',
  falsePositiveGuard:
    'Price points make crowds on one amount: what lies exactly on the round amount is left out, and one amount may be at most half of those below. Where amounts only grow rarer, the crowd below is missing.',
  baseRate:
    'No payments of the demo company; 1,152 payments of 2,375 to 2,500 against 30 up to 2,625 on 95,076 purchases by card (2010), and no other round amount; no crowd below 5,000, 10,000, 25,000 or 50,000 in 189,470 payments of a utility.',
  prior_rate: 0.1,
  source: 'Nigrini; ACFE anti-fraud data analytics tests, amounts just below approval limits.',
  parameters: {
    least_count: {
      default: 50,
      unit: 'payments',
      meaning: 'So many just below.',
      minimum: 10,
      maximum: 100000,
    },
    least_factor: {
      default: 5,
      unit: 'factor',
      meaning: 'So many times as many below as above.',
      minimum: 2,
      maximum: 1000,
    },
    crowd_factor: {
      default: 1.2,
      unit: 'factor',
      meaning: 'Density just below against that of the 10 % further below.',
      minimum: 1,
      maximum: 100,
    },
  },
  reads: { payment_fact: 'company_key' },
  knownFrom: { payment_fact: 'executed_at' },
  find: (parameters) =>
    findingStatement(new URL('./avoided-limit.sql', import.meta.url), parameters),
};
