import { bankAccountChangeBeforePayment } from './bank-account-change-before-payment.ts';
import type { Detector, Parameters } from './detector.ts';
import { duplicateInvoiceExact } from './duplicate-invoice-exact.ts';
import { selfApproval } from './self-approval.ts';
import { unusualAmount } from './unusual-amount.ts';

/** Every detector, in the order in which the reader should meet them. Add a new one here. */
export const detectors: readonly Detector[] = [
  duplicateInvoiceExact,
  bankAccountChangeBeforePayment,
  selfApproval,
  unusualAmount,
];

/** The detector with this id. Errors: throws when there is none, naming those that exist. */
export function detectorNamed(id: string): Detector {
  const found = detectors.find((detector) => detector.id === id);
  if (found) return found;
  const known = detectors.map((detector) => detector.id).join(', ');
  throw new Error(`detector ${id} does not exist; the list in detectors.ts has ${known}`);
}

/** The default of every parameter of a detector. */
export function defaultParameters(detector: Detector): Parameters {
  return Object.fromEntries(
    Object.entries(detector.parameters).map(([name, definition]) => [name, definition.default]),
  );
}
