import { tariffs } from '../strategy/tariffs.ts';
import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags payments for which a cheaper channel that the vendor takes would have arrived in time. */
export const cheaperChannel: Detector = {
  id: 'cheaper_channel',
  kind: 'saving',
  subject: 'payment_request',
  question: 'Would a cheaper channel have arrived in time?',
  definition:
    'Fee charged (for requests not paid yet: tariff of the channel asked for) against the tariff of a channel agreed with the vendor (score: share of the fee saved) or used for it ' +
    'before (0.7 of that), for the same currency and amount. The other channel must be as fast as the one used, or in ' +
    'time for the due date.',
  falsePositiveGuard:
    'Only channels the vendor is known to take, within the limit of the channel; payments that had to arrive at once, ' +
    'and payments whose fee is unknown, are left out.',
  baseRate: '43 of 56,924 requests of the demo company, 10 of them planted.',
  prior_rate: 0.9,
  source: 'Tariff table analytics/strategy/tariffs.ts, each line with its source.',
  parameters: {
    least_saving: {
      default: 0.5,
      unit: 'group currency',
      meaning: 'Smaller savings per payment are not reported.',
      minimum: 0,
      maximum: 1000,
    },
  },
  reads: { payment_flow: 'vendor_key', vendor: 'vendor_key' },
  knownFrom: { payment_flow: 'least(requested_at, executed_at)' },
  find: (parameters) => {
    const statement = findingStatement(
      new URL('./cheaper-channel.sql', import.meta.url),
      parameters,
    );
    return { ...statement, values: { ...statement.values, tariffs: JSON.stringify(tariffs) } };
  },
};
