import { detectors } from './detectors.ts';

/** A test of payables that auditors know, and what the records lack to answer it. */
export interface AuditTest {
  /** Number in the catalogue of tests, as detectors name it in `tests`. */
  readonly number: number;
  readonly name: string;
  /** Column the canonical records would need; absent when a detector answers the test. */
  readonly missing_field?: string;
}

/**
 * The 55 tests of payables and payments that the catalogue is measured by.
 *
 * Source  SAP Fraud Management methods, MindBridge control points, Celonis duplicate checker, ACFE
 *         anti-fraud data analytics tests, Automated Auditors, Nigrini (2012), AppZen, Oversight
 */
export const auditTests: readonly AuditTest[] = [
  { number: 1, name: 'Exact duplicate invoice' },
  { number: 2, name: 'Same vendor, amount and date' },
  { number: 3, name: 'Similar invoice number' },
  { number: 4, name: 'Same invoice of a similar vendor' },
  { number: 5, name: 'Same invoice with another amount' },
  { number: 6, name: 'Same amount and date, different payee' },
  { number: 7, name: 'Duplicate across channels and sources' },
  { number: 8, name: 'Recurring payment too early or once more' },
  { number: 9, name: 'Vendor twice in the master' },
  { number: 10, name: 'Account of another vendor' },
  { number: 11, name: 'Vendor that is an employee' },
  { number: 12, name: 'Account changed before payment' },
  { number: 13, name: 'Account changed and changed back' },
  {
    number: 14,
    name: 'Alternative payee changed and changed back',
    missing_field: 'vendor.alternative_payee with the time of each change',
  },
  { number: 15, name: 'Look-alike of a large vendor' },
  { number: 16, name: 'One-time vendor that is a regular one' },
  { number: 17, name: 'New vendor paid much or fast' },
  { number: 18, name: 'Dormant vendor wakes' },
  { number: 19, name: 'Vendor not in the master, blocked or incomplete' },
  { number: 20, name: 'Mail-drop address' },
  { number: 21, name: 'Bank in another country' },
  { number: 22, name: 'Split below a limit' },
  { number: 23, name: 'Just below a limit' },
  { number: 24, name: 'Approved above the own limit' },
  { number: 25, name: 'Own request approved, duties not separated' },
  { number: 26, name: 'Approved after payment' },
  { number: 27, name: 'Rubber stamp' },
  { number: 28, name: 'Round amount' },
  { number: 29, name: 'Last two digits' },
  { number: 30, name: 'Benford, first digit' },
  { number: 31, name: 'Benford, first two digits' },
  { number: 32, name: 'Benford, second digit' },
  { number: 33, name: 'Amount repeated often' },
  { number: 34, name: 'Relative size factor' },
  { number: 35, name: 'Unusual amount for the vendor' },
  { number: 36, name: 'Misplaced decimal mark' },
  { number: 37, name: 'Price jump and price creep' },
  { number: 38, name: 'Rare combination of attributes' },
  { number: 39, name: 'Flurry of activity' },
  { number: 40, name: 'Outside working days and hours' },
  { number: 41, name: 'Booked in another period' },
  { number: 42, name: 'Odd invoice date' },
  { number: 43, name: 'Consecutive numbers of one vendor' },
  { number: 44, name: 'Invoice number out of order' },
  { number: 45, name: 'No order, or order after invoice' },
  { number: 46, name: 'More billed than ordered' },
  { number: 47, name: 'Paid early, late or against terms' },
  { number: 48, name: 'Paid faster than usual' },
  { number: 49, name: 'Manual or urgent payment' },
  { number: 50, name: 'Credit not used' },
  { number: 51, name: 'Document number repeated' },
  { number: 52, name: 'Suspicious words' },
  { number: 53, name: 'Vendor concentrated on one approver' },
  { number: 54, name: 'Account held by somebody else' },
  { number: 55, name: 'Settled differently than sent' },
];

/** Ids of the detectors that answer each test, by its number; a test that is left out has none. */
export function detectorsByTest(): ReadonlyMap<number, readonly string[]> {
  return new Map(
    auditTests.map(({ number }) => [
      number,
      detectors.filter(({ tests }) => tests?.includes(number)).map(({ id }) => id),
    ]),
  );
}
