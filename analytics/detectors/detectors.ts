import { approvalAfterPayment } from './approval-after-payment.ts';
import { approverOverLimit } from './approver-over-limit.ts';
import { bankAccountChangeBeforePayment } from './bank-account-change-before-payment.ts';
import { bankAccountFlipFlop } from './bank-account-flip-flop.ts';
import { cheaperChannel } from './cheaper-channel.ts';
import { decimalSlip } from './decimal-slip.ts';
import type { Detector, Parameters } from './detector.ts';
import { dormantVendor } from './dormant-vendor.ts';
import { duplicateInvoiceExact } from './duplicate-invoice-exact.ts';
import { duplicateInvoiceOtherVendor } from './duplicate-invoice-other-vendor.ts';
import { duplicateInvoiceSimilarAmount } from './duplicate-invoice-similar-amount.ts';
import { duplicateInvoiceSimilarNumber } from './duplicate-invoice-similar-number.ts';
import { justBelowLimit } from './just-below-limit.ts';
import { lookalikeVendor } from './lookalike-vendor.ts';
import { missedDiscount } from './missed-discount.ts';
import { newVendorLargePayment } from './new-vendor-large-payment.ts';
import { offHoursApproval } from './off-hours-approval.ts';
import { rubberStamp } from './rubber-stamp.ts';
import { segregationOfDuties } from './segregation-of-duties.ts';
import { selfApproval } from './self-approval.ts';
import { settlementDiffers } from './settlement-differs.ts';
import { splitBelowLimit } from './split-below-limit.ts';
import { unusualAmount } from './unusual-amount.ts';
import { urgentOutsideRun } from './urgent-outside-run.ts';
import { vendorSharesEmployeeAccount } from './vendor-shares-employee-account.ts';
import { waitingForPaymentRun } from './waiting-for-payment-run.ts';

/** Every detector, in the order in which the reader should meet them. Add a new one here. */
export const detectors: readonly Detector[] = [
  duplicateInvoiceExact,
  duplicateInvoiceSimilarNumber,
  duplicateInvoiceSimilarAmount,
  duplicateInvoiceOtherVendor,
  bankAccountChangeBeforePayment,
  bankAccountFlipFlop,
  vendorSharesEmployeeAccount,
  lookalikeVendor,
  newVendorLargePayment,
  dormantVendor,
  splitBelowLimit,
  justBelowLimit,
  approverOverLimit,
  selfApproval,
  segregationOfDuties,
  approvalAfterPayment,
  unusualAmount,
  decimalSlip,
  settlementDiffers,
  urgentOutsideRun,
  offHoursApproval,
  rubberStamp,
  waitingForPaymentRun,
  missedDiscount,
  cheaperChannel,
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
