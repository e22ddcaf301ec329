import type { Channel } from '#ingest/records.ts';

/**
 * What a channel costs and how fast it is, from a day on. Contracts differ: replace these anchors
 * by your own. Money as decimal text in `currency`.
 */
export interface Tariff {
  readonly channel: Channel;
  readonly currency: string;
  readonly valid_from_on: string;
  readonly fixed_fee: string;
  /** Fraction of the amount. */
  readonly fee_rate: number;
  /** Working days until the money has arrived. */
  readonly arrival_days: number;
  /** Largest single payment; null without limit. */
  readonly amount_limit: string | null;
  readonly source: string;
}

const from = '2020-01-01';
const instantRegulation = '2025-01-09';

/** Tariffs in force; for each channel and currency the latest that began by the day counts. */
export const tariffs: readonly Tariff[] = [
  {
    channel: 'sepa_credit_transfer',
    currency: 'EUR',
    valid_from_on: from,
    fixed_fee: '0.20',
    fee_rate: 0,
    arrival_days: 1,
    amount_limit: null,
    source: 'Bank price lists, 0 to 1 EUR per transfer; D+1 by PSD2 art. 83.',
  },
  {
    channel: 'sepa_instant',
    currency: 'EUR',
    valid_from_on: from,
    fixed_fee: '0.80',
    fee_rate: 0,
    arrival_days: 0,
    amount_limit: '100000',
    source: 'Bank price lists before the Instant Payments Regulation.',
  },
  {
    channel: 'sepa_instant',
    currency: 'EUR',
    valid_from_on: instantRegulation,
    fixed_fee: '0.20',
    fee_rate: 0,
    arrival_days: 0,
    amount_limit: '100000',
    source:
      'Regulation (EU) 2024/886: may not cost more than the ordinary transfer, from 9 January 2025.',
  },
  {
    channel: 'ach',
    currency: 'USD',
    valid_from_on: from,
    fixed_fee: '0.56',
    fee_rate: 0,
    arrival_days: 2,
    amount_limit: null,
    source: 'AFP Payments Cost Benchmarking 2015: median 0.29 internal and 0.27 external.',
  },
  {
    channel: 'same_day_ach',
    currency: 'USD',
    valid_from_on: from,
    fixed_fee: '1.50',
    fee_rate: 0,
    arrival_days: 0,
    amount_limit: '1000000',
    source: 'Nacha same-day ACH limit; bank price lists.',
  },
  {
    channel: 'check',
    currency: 'USD',
    valid_from_on: from,
    fixed_fee: '3.00',
    fee_rate: 0,
    arrival_days: 5,
    amount_limit: null,
    source: 'AFP Payments Cost Benchmarking 2015: median 3.00 per check sent.',
  },
  {
    channel: 'wire',
    currency: 'USD',
    valid_from_on: from,
    fixed_fee: '25.00',
    fee_rate: 0,
    arrival_days: 0,
    amount_limit: null,
    source: 'Bank price lists, 15 to 35 USD for a domestic wire.',
  },
  {
    channel: 'wire',
    currency: 'EUR',
    valid_from_on: from,
    fixed_fee: '20.00',
    fee_rate: 0,
    arrival_days: 0,
    amount_limit: null,
    source: 'Bank price lists, 15 to 35 EUR for an urgent transfer.',
  },
  {
    channel: 'cn_domestic',
    currency: 'CNY',
    valid_from_on: from,
    fixed_fee: '10.00',
    fee_rate: 0,
    arrival_days: 1,
    amount_limit: null,
    source: 'Public tariffs of Chinese banks: 5 to 20 CNY up to 1 million.',
  },
  {
    channel: 'cn_urgent',
    currency: 'CNY',
    valid_from_on: from,
    fixed_fee: '12.00',
    fee_rate: 0,
    arrival_days: 0,
    amount_limit: null,
    source: 'Public tariffs of Chinese banks: 20 % more for urgent transfers.',
  },
];
