import {
  day,
  invoice,
  request,
  vendor,
  payment,
  paid,
  landed,
  testCases,
  type Case,
} from './audit-rows.ts';
import type { Planted } from './promises.ts';
import { key, type CellsByColumn } from './small-warehouse.ts';

const accountOf = (name: string, days: number, cells: CellsByColumn = {}): CellsByColumn => ({
  vendor_key: key(name),
  account_token: 'shared account',
  valid_from: `${day(days)} 08:00:00`,
  position: 1,
  ...cells,
});
const changeOf = (cells: CellsByColumn): CellsByColumn => ({
  bank_account_change_key: key('change'),
  bank_account_change_id: '1',
  vendor_key: key('Acme'),
  account_token: 'account of Acme',
  changed_at: `${day(0)} 08:00:00`,
  ...landed,
  ...cells,
});

const cases: readonly Case[] = [
  {
    id: 'vendor_shares_tax_id',
    flags: 'a second vendor with the tax number of the first',
    planted: {
      vendor: [
        vendor('Acme', { tax_id: 'DE123456789', created_at: `${day(0)} 08:00:00` }),
        vendor('Acme Trading', { tax_id: 'DE123456789', created_at: `${day(9)} 08:00:00` }),
      ],
      payment_flow: [request('last', 12, { vendor_key: key('Acme Trading') })],
    },
    finds: 'Acme Trading',
    leaves: 'a placeholder',
    near: {
      vendor: [vendor('Acme', { tax_id: 'N/A' }), vendor('Acme Trading', { tax_id: 'N/A' })],
      payment_flow: [request('last', 12, { vendor_key: key('Acme Trading') })],
    },
  },
  {
    id: 'vendor_shares_vendor_account',
    flags: 'a payment to the account of another vendor',
    planted: {
      vendor_account: [accountOf('Acme', 0), accountOf('Beta', 9)],
      payment_flow: [
        request('last', 12, { vendor_key: key('Beta'), account_token: 'shared account' }),
      ],
    },
    finds: 'last',
    leaves: 'an agent who collects for many',
    near: {
      vendor_account: ['A', 'B', 'C', 'D', 'Beta'].map((name, place) => accountOf(name, place)),
      payment_flow: [
        request('last', 12, { vendor_key: key('Beta'), account_token: 'shared account' }),
      ],
    },
  },
  {
    id: 'one_time_is_regular',
    flags: 'a regular vendor paid as a one-time one',
    planted: {
      vendor: [
        vendor('Mertens Metall GmbH', { created_at: `${day(0)} 08:00:00` }),
        {
          ...vendor('once', { created_at: `${day(5)} 08:00:00` }),
          name: 'Mertens Metall',
          one_time: true,
        },
      ],
      payment_flow: [request('last', 12, { vendor_key: key('once') })],
    },
    finds: 'once',
    leaves: 'another name',
    near: {
      vendor: [
        vendor('Mertens Metall GmbH'),
        { ...vendor('once'), name: 'Martens Möbel', one_time: true },
      ],
      payment_flow: [request('last', 12, { vendor_key: key('once') })],
    },
  },
  {
    id: 'vendor_incomplete',
    flags: 'a request for a blocked vendor',
    planted: { vendor: [vendor('Acme', { blocked: true })], payment_flow: [request('last', 3)] },
    finds: 'last',
    leaves: 'a vendor of a source without a master',
    near: { vendor: [vendor('Acme')], payment_flow: [request('last', 3)] },
  },
  {
    id: 'mail_drop_address',
    flags: 'a first payment to a mailbox',
    planted: {
      vendor: [vendor('Acme', { address: 'P.O. Box 77, Springfield' })],
      payment_flow: [request('last', 3)],
    },
    finds: 'last',
    leaves: 'a street that sounds alike',
    near: {
      vendor: [vendor('Acme', { address: 'Boxhagener Straße 77, Berlin' })],
      payment_flow: [request('last', 3)],
    },
  },
  {
    id: 'foreign_bank_account',
    flags: 'an account abroad after one at home',
    planted: {
      vendor: [vendor('Acme', { country: 'DE' })],
      vendor_account: [
        accountOf('Acme', 0, { account_token: 'home', account_country: 'DE' }),
        accountOf('Acme', 9, { account_token: 'abroad', account_country: 'HK', position: 2 }),
      ],
      payment_flow: [request('last', 12, { account_token: 'abroad' })],
    },
    finds: 'last',
    leaves: 'a country used before',
    near: {
      vendor: [vendor('Acme', { country: 'DE' })],
      vendor_account: [
        accountOf('Acme', 0, { account_token: 'old', account_country: 'HK' }),
        accountOf('Acme', 9, { account_token: 'abroad', account_country: 'HK', position: 2 }),
      ],
      payment_flow: [request('last', 12, { account_token: 'abroad' })],
    },
  },
  {
    id: 'activity_flurry',
    flags: 'twelve requests in a day',
    planted: {
      payment_flow: [
        ...Array.from({ length: 30 }, (_, place) => request(`r ${String(place)}`, place * 5)),
        ...Array.from({ length: 12 }, (_, place) =>
          request(`f ${String(place)}`, 160, {
            requested_at: `${day(160)} 09:${String(10 + place)}:00`,
          }),
        ),
      ],
    },
    finds: 'f 4',
    leaves: 'two requests in a day',
    near: {
      payment_flow: [
        ...Array.from({ length: 30 }, (_, place) => request(`r ${String(place)}`, place * 5)),
        request('last', 160),
        request('and', 160),
      ],
    },
  },
  {
    id: 'paid_unusually_fast',
    flags: 'money that leaves within the hour',
    planted: {
      payment_flow: [
        ...Array.from({ length: 22 }, (_, place) =>
          request(`r ${String(place)}`, place * 5, {
            received_at: `${day(place * 5)} 09:00:00`,
            executed_at: `${day(place * 5 + 9)} 09:00:00`,
          }),
        ),
        request('last', 160, {
          received_at: `${day(160)} 09:00:00`,
          executed_at: `${day(160)} 10:00:00`,
        }),
      ],
    },
    finds: 'last',
    leaves: 'money that leaves a day sooner',
    near: {
      payment_flow: [
        ...Array.from({ length: 22 }, (_, place) =>
          request(`r ${String(place)}`, place * 5, {
            received_at: `${day(place * 5)} 09:00:00`,
            executed_at: `${day(place * 5 + 9)} 09:00:00`,
          }),
        ),
        request('last', 160, {
          received_at: `${day(160)} 09:00:00`,
          executed_at: `${day(168)} 10:00:00`,
        }),
      ],
    },
  },
  {
    id: 'unused_credit',
    flags: 'a credit left open while the vendor is paid',
    planted: {
      invoice_flow: [
        invoice('used', -40, {
          amount_gross: '-70',
          document_type: 'credit',
          paid_at: `${day(-30)} 12:00:00`,
        }),
        invoice('credit', 0, { amount_gross: '-400', document_type: 'credit' }),
        invoice('later', 100, { paid_at: `${day(120)} 12:00:00` }),
      ],
    },
    finds: 'credit',
    leaves: 'a credit that takes an invoice back',
    near: {
      invoice_flow: [
        invoice('used', -40, {
          amount_gross: '-70',
          document_type: 'credit',
          paid_at: `${day(-30)} 12:00:00`,
        }),
        invoice('first', 0, { amount_gross: '400' }),
        invoice('credit', 3, { amount_gross: '-400', document_type: 'credit' }),
        invoice('later', 100, { paid_at: `${day(120)} 12:00:00` }),
      ],
    },
  },
  {
    id: 'document_number_repeated',
    flags: 'one of our numbers on another vendor’s invoice',
    planted: {
      invoice_flow: [
        invoice('first', 0, { document_number: '190044' }),
        invoice('last', 5, { document_number: '190044', vendor_key: key('Beta') }),
      ],
    },
    finds: 'last',
    leaves: 'two lines of one document',
    near: {
      invoice_flow: [
        invoice('first', 0, { document_number: '190044' }),
        invoice('last', 5, { document_number: '190044' }),
      ],
    },
  },
  {
    id: 'suspicious_words',
    flags: 'a facilitation fee',
    planted: {
      payment_flow: [request('last', 0, { description: 'Facilitation fee, as agreed verbally' })],
    },
    finds: 'last',
    leaves: 'the trade of a vendor of gifts',
    near: {
      payment_flow: [
        request('last', 0, { description: 'Gifts for employees', vendor_name: 'Gifts & More' }),
      ],
    },
  },
  {
    id: 'approver_concentration',
    flags: 'one of five approvers who lets everything through',
    planted: concentrated(5),
    finds: 'Acme',
    leaves: 'the only approver there is',
    near: concentrated(1),
  },
  {
    id: 'account_holder_differs',
    flags: 'an account held by somebody else',
    planted: {
      vendor: [vendor('Acme')],
      bank_account_change: [changeOf({ holder_name: 'J. Thompson' })],
      payment_flow: [request('last', 3)],
    },
    finds: 'last',
    leaves: 'the trading name',
    near: {
      vendor: [vendor('Acme')],
      bank_account_change: [changeOf({ holder_name: 'ACME Europe B.V.' })],
      payment_flow: [request('last', 3)],
    },
  },
  {
    id: 'avoided_limit',
    flags: 'a crowd just below 2,500',
    planted: paid(...near2500(60, (place) => `${String(2400 + place)}.40`), payment('later', 100)),
    finds: 'p 59',
    leaves: 'one price below 2,500',
    near: paid(...near2500(60, () => '2499.00'), payment('later', 100)),
  },
];

testCases(cases);

function concentrated(approvers: number): Planted {
  return {
    employee: Array.from({ length: approvers }, (_, place) => ({
      employee_key: key(`approver ${String(place)}`),
      employee_id: String(place),
      name: `Approver ${String(place)}`,
      role: 'manager',
      company_key: key('Europe'),
      ...landed,
    })),
    payment_flow: Array.from({ length: 20 }, (_, place) =>
      request(`r ${String(place)}`, place * 3, {
        last_approver_key: key('approver 0'),
        last_approved_at: `${day(place * 3)} 15:00:00`,
      }),
    ),
  };
}

function near2500(count: number, amount: (place: number) => string): CellsByColumn[] {
  return Array.from({ length: count }, (_, place) =>
    payment(`p ${String(place)}`, place, { amount: amount(place) }),
  );
}
