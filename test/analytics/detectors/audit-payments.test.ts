import { day, request, payment, paid, landed, testCases, type Case } from './audit-rows.ts';
import { key } from './small-warehouse.ts';

const cases: readonly Case[] = [
  {
    id: 'same_amount_other_payee',
    flags: 'one odd amount for two vendors on a day',
    planted: {
      payment_flow: [
        request('first', 0),
        request('last', 0, { vendor_key: key('Beta'), requested_at: `${day(0)} 11:00:00` }),
      ],
    },
    finds: 'last',
    leaves: 'a round one',
    near: {
      payment_flow: [
        request('first', 0, { amount: '5000' }),
        request('last', 0, {
          amount: '5000',
          vendor_key: key('Beta'),
          account_token: 'account of Beta',
        }),
      ],
    },
  },
  {
    id: 'paid_by_two_channels',
    flags: 'a card payment after the transfer to the same vendor',
    planted: paid(payment('first', 0), payment('last', 8, { channel: 'card' })),
    finds: 'last',
    leaves: 'a card payment to somebody else',
    near: paid(
      payment('first', 0),
      payment('last', 8, { channel: 'card', vendor_key: key('Beta') }),
    ),
  },
  {
    id: 'bank_line_repeats_payment',
    flags: 'a debit without payment to the same account',
    planted: {
      ...paid(payment('first', 0, { account_token: 'account of Acme' })),
      bank_match: [
        {
          bank_line_key: key('last'),
          company_key: key('Europe'),
          currency: 'EUR',
          amount: '845.13',
          booked_on: day(6),
        },
      ],
      bank_line: [
        {
          bank_line_key: key('last'),
          bank_line_id: '1',
          company_key: key('Europe'),
          own_account_token: 'own',
          currency: 'EUR',
          amount: '-845.13',
          booked_on: day(6),
          counterparty_token: 'account of Acme',
          ...landed,
        },
      ],
    },
    finds: 'last',
    leaves: 'a debit to another account',
    near: {
      ...paid(payment('first', 0, { account_token: 'account of Acme' })),
      bank_match: [
        {
          bank_line_key: key('last'),
          company_key: key('Europe'),
          currency: 'EUR',
          amount: '845.13',
          booked_on: day(6),
        },
      ],
      bank_line: [
        {
          bank_line_key: key('last'),
          bank_line_id: '1',
          company_key: key('Europe'),
          own_account_token: 'own',
          currency: 'EUR',
          amount: '-845.13',
          booked_on: day(6),
          counterparty_token: 'account of Beta',
          ...landed,
        },
      ],
    },
  },
  {
    id: 'platform_repeats_payment',
    flags: 'a second charge under the same reference',
    planted: {
      ...paid(payment('first', 0, { channel: 'payment_platform', end_to_end_id: 'E1' })),
      settlement: ['its own', 'last'].map((name, place) => ({
        settlement_key: key(name),
        settlement_id: name,
        company_key: key('Europe'),
        platform: 'P',
        kind: 'payment',
        end_to_end_id: 'E1',
        currency: 'EUR',
        amount_gross: '845.13',
        settled_at: `${day(1 + place)} 10:00:00`,
        ...landed,
      })),
    },
    finds: 'last',
    leaves: 'the one charge of a payment',
    near: {
      ...paid(payment('first', 0, { channel: 'payment_platform', end_to_end_id: 'E1' })),
      settlement: [
        {
          settlement_key: key('own'),
          settlement_id: 'own',
          company_key: key('Europe'),
          platform: 'P',
          kind: 'payment',
          end_to_end_id: 'E1',
          currency: 'EUR',
          amount_gross: '845.13',
          settled_at: `${day(1)} 10:00:00`,
          ...landed,
        },
      ],
    },
  },
];

testCases(cases);
