import { day, invoice, usual, landed, testCases, type Case } from './audit-rows.ts';
import type { Planted } from './promises.ts';
import { key, type CellsByColumn } from './small-warehouse.ts';

const round = (cells: CellsByColumn) => ({
  invoice_flow: [...usual(25), invoice('last', 200, cells)],
});
const order = (cells: CellsByColumn): CellsByColumn => ({
  purchase_order_key: key('order'),
  purchase_order_id: '1',
  company_key: key('Europe'),
  vendor_key: key('Acme'),
  currency: 'EUR',
  amount: '2000',
  created_at: `${day(0)} 08:00:00`,
  ...landed,
  ...cells,
});
const ordered = { purchase_order_key: key('order') };
const monthly = (last: number): Planted => ({
  invoice_flow: [0, 30, 60, 90, 120, 150, last].map((days) =>
    invoice(days === last ? 'last' : `rent ${String(days)}`, days, { amount_gross: '2500.50' }),
  ),
});
const cases: readonly Case[] = [
  {
    id: 'same_amount_same_day',
    flags: 'a second invoice of the day without a number',
    planted: {
      invoice_flow: [
        invoice('first', 0),
        invoice('last', 0, { invoice_number: null, entered_at: `${day(3)} 10:00:00` }),
      ],
    },
    finds: 'last',
    leaves: 'two with numbers of their own',
    near: {
      invoice_flow: [invoice('first', 0), invoice('last', 0, { entered_at: `${day(3)} 10:00:00` })],
    },
  },
  {
    id: 'extra_instalment',
    flags: 'rent that comes after a week instead of a month',
    planted: monthly(157),
    finds: 'last',
    leaves: 'rent a few days early',
    near: monthly(176),
  },
  {
    id: 'round_amount',
    flags: 'a round amount among odd ones',
    planted: round({ amount_gross: '5000' }),
    finds: 'last',
    leaves: 'a round amount that was ordered',
    near: round({ amount_gross: '5000', ...ordered }),
  },
  {
    id: 'repeated_amount',
    flags: 'an amount that came ten times in no regular steps',
    planted: {
      invoice_flow: [
        ...usual(60, 5),
        ...Array.from({ length: 10 }, (_, place) =>
          invoice(place === 9 ? 'last' : `again ${String(place)}`, 300 + place * place * 3, {
            amount_gross: '777.77',
          }),
        ),
      ],
    },
    finds: 'last',
    leaves: 'what makes up most of the invoices',
    near: {
      invoice_flow: Array.from({ length: 10 }, (_, place) =>
        invoice(`again ${String(place)}`, 300 + place * place * 3, { amount_gross: '777.77' }),
      ),
    },
  },
  {
    id: 'relative_size',
    flags: 'twenty times the largest before',
    planted: round({ amount_gross: '26311.20' }),
    finds: 'last',
    leaves: 'nine times the largest before',
    near: round({ amount_gross: '9311.20' }),
  },
  {
    id: 'price_spike',
    flags: 'a price that jumps by a third',
    planted: {
      invoice_flow: [
        ...usual(12, 9, (place) => ({
          category: 'Cleaning',
          amount_gross: `${String(1500 + place)}.00`,
        })),
        invoice('last', 140, { category: 'Cleaning', amount_gross: '2000' }),
      ],
    },
    finds: 'last',
    leaves: 'a jump where amounts vary',
    near: {
      invoice_flow: [
        ...usual(12, 9, (place) => ({
          category: 'Cleaning',
          amount_gross: `${String(1000 + place * 90)}.00`,
        })),
        invoice('last', 140, { category: 'Cleaning', amount_gross: '2000' }),
      ],
    },
  },
  {
    id: 'price_creep',
    flags: 'a price that grows with every invoice',
    planted: {
      invoice_flow: usual(8, 30, (place) => ({
        category: 'Cleaning',
        amount_gross: `${String(1500 + 40 * place)}.00`,
      })),
    },
    finds: 'usual 7',
    leaves: 'one step up and no more',
    near: {
      invoice_flow: usual(8, 30, (place) => ({
        category: 'Cleaning',
        amount_gross: place < 7 ? '1500' : '1520',
      })),
    },
  },
  {
    id: 'booked_in_other_period',
    flags: 'an invoice booked at a month’s end months after its date',
    planted: {
      invoice_flow: [
        ...usual(25, 7, (place) => ({ posted_on: day(place * 7) })),
        invoice('last', 100, { posted_on: '2025-07-31', entered_at: '2025-07-31 10:00:00' }),
      ],
    },
    finds: 'last',
    leaves: 'the same in the middle of the month',
    near: {
      invoice_flow: [
        ...usual(25, 7, (place) => ({ posted_on: day(place * 7) })),
        invoice('last', 100, { posted_on: '2025-07-15', entered_at: '2025-07-15 10:00:00' }),
      ],
    },
  },
  {
    id: 'invoice_date_odd',
    flags: 'an invoice of next month',
    planted: round({ invoiced_on: day(240) }),
    finds: 'last',
    leaves: 'an invoice of tomorrow, where clocks differ',
    near: round({ invoiced_on: day(201) }),
  },
  {
    id: 'sole_customer_numbers',
    flags: 'consecutive numbers three weeks apart',
    planted: {
      invoice_flow: usual(5, 21, (place) => ({ invoice_number: `R-${String(501 + place)}` })),
    },
    finds: 'usual 4',
    leaves: 'numbers that leave room for other customers',
    near: {
      invoice_flow: usual(5, 21, (place) => ({ invoice_number: `R-${String(501 + place * 3)}` })),
    },
  },
  {
    id: 'number_out_of_order',
    flags: 'a low number long after higher ones',
    planted: {
      invoice_flow: [
        ...usual(30, 5, (place) => ({ invoice_number: `R-${String(500 + place * 4)}` })),
        invoice('last', 200, { invoice_number: 'R-517' }),
      ],
    },
    finds: 'last',
    leaves: 'a low number a few days late',
    near: {
      invoice_flow: [
        ...usual(30, 5, (place) => ({ invoice_number: `R-${String(500 + place * 4)}` })),
        invoice('last', 150, { invoice_number: 'R-613' }),
      ],
    },
  },
  {
    id: 'no_purchase_order',
    flags: 'an invoice without the usual order',
    planted: { invoice_flow: [...usual(25, 7, () => ordered), invoice('last', 200)] },
    finds: 'last',
    leaves: 'a vendor that often goes without',
    near: {
      invoice_flow: [
        ...usual(25, 7, (place) => (place % 5 === 0 ? {} : ordered)),
        invoice('last', 200),
      ],
    },
  },
  {
    id: 'order_after_invoice',
    flags: 'an order written a week after its invoice',
    planted: {
      invoice_flow: [invoice('last', 0, { amount_gross: '1500', ...ordered })],
      purchase_order: [order({ created_at: `${day(7)} 08:00:00` })],
    },
    finds: 'last',
    leaves: 'an order of the same day',
    near: {
      invoice_flow: [invoice('last', 0, { amount_gross: '1500', ...ordered })],
      purchase_order: [order({})],
    },
  },
  {
    id: 'order_exceeded',
    flags: 'the invoice that goes beyond its order',
    planted: {
      invoice_flow: [invoice('first', 1, ordered), invoice('last', 9, ordered)],
      purchase_order: [order({})],
    },
    finds: 'last',
    leaves: 'a second invoice after the first was taken back',
    near: {
      invoice_flow: [
        invoice('first', 1, ordered),
        invoice('credit', 3, { amount_gross: '-1234.56', document_type: 'credit' }),
        invoice('last', 9, ordered),
      ],
      purchase_order: [order({})],
    },
  },
  {
    id: 'rare_coding',
    flags: 'category and cost centre both new to the vendor',
    planted: {
      invoice_flow: [
        ...usual(40, 5, () => ({ category: 'Paper', cost_center: 'CC1' })),
        invoice('last', 220, { category: 'Travel', cost_center: 'CC9' }),
      ],
    },
    finds: 'last',
    leaves: 'a new cost centre for the usual category',
    near: {
      invoice_flow: [
        ...usual(40, 5, () => ({ category: 'Paper', cost_center: 'CC1' })),
        invoice('last', 220, { category: 'Paper', cost_center: 'CC9' }),
      ],
    },
  },
];

testCases(cases);
