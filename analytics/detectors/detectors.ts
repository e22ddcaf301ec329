import { createHash } from 'node:crypto';
import { accountChangedWhileWaiting } from './account-changed-while-waiting.ts';
import { accountHolderDiffers } from './account-holder-differs.ts';
import { activityFlurry } from './activity-flurry.ts';
import { approvalAfterPayment } from './approval-after-payment.ts';
import { approvedWithoutApproval } from './approved-without-approval.ts';
import { approverConcentration } from './approver-concentration.ts';
import { approverOverLimit } from './approver-over-limit.ts';
import { avoidedLimit } from './avoided-limit.ts';
import { bankAccountChangeBeforePayment } from './bank-account-change-before-payment.ts';
import { bankAccountFlipFlop } from './bank-account-flip-flop.ts';
import { bankLineRepeatsPayment } from './bank-line-repeats-payment.ts';
import { benfordFirstDigit } from './benford-first-digit.ts';
import { benfordFirstTwoDigits } from './benford-first-two-digits.ts';
import { benfordSecondDigit } from './benford-second-digit.ts';
import { bookedInOtherPeriod } from './booked-in-other-period.ts';
import { changedAfterApproval } from './changed-after-approval.ts';
import { cheaperChannel } from './cheaper-channel.ts';
import { decimalSlip } from './decimal-slip.ts';
import type { Detector, Parameters } from './detector.ts';
import { documentNumberRepeated } from './document-number-repeated.ts';
import { dormantVendor } from './dormant-vendor.ts';
import { duplicateInvoiceExact } from './duplicate-invoice-exact.ts';
import { duplicateInvoiceOtherVendor } from './duplicate-invoice-other-vendor.ts';
import { duplicateInvoiceSimilarAmount } from './duplicate-invoice-similar-amount.ts';
import { duplicateInvoiceSimilarNumber } from './duplicate-invoice-similar-number.ts';
import { extraInstalment } from './extra-instalment.ts';
import { foreignBankAccount } from './foreign-bank-account.ts';
import { invoiceDateOdd } from './invoice-date-odd.ts';
import { justBelowLimit } from './just-below-limit.ts';
import { lastDigits } from './last-digits.ts';
import { lookalikeVendor } from './lookalike-vendor.ts';
import { mailDropAddress } from './mail-drop-address.ts';
import { missedDiscount } from './missed-discount.ts';
import { newVendorLargePayment } from './new-vendor-large-payment.ts';
import { noPurchaseOrder } from './no-purchase-order.ts';
import { numberOutOfOrder } from './number-out-of-order.ts';
import { offHoursApproval } from './off-hours-approval.ts';
import { oneTimeIsRegular } from './one-time-is-regular.ts';
import { orderAfterInvoice } from './order-after-invoice.ts';
import { orderExceeded } from './order-exceeded.ts';
import { paidByTwoChannels } from './paid-by-two-channels.ts';
import { paidUnusuallyFast } from './paid-unusually-fast.ts';
import { platformRepeatsPayment } from './platform-repeats-payment.ts';
import { priceCreep } from './price-creep.ts';
import { priceSpike } from './price-spike.ts';
import { rareCoding } from './rare-coding.ts';
import { relativeSize } from './relative-size.ts';
import { repeatedAmount } from './repeated-amount.ts';
import { roundAmount } from './round-amount.ts';
import { rubberStamp } from './rubber-stamp.ts';
import { sameAmountOtherPayee } from './same-amount-other-payee.ts';
import { sameAmountSameDay } from './same-amount-same-day.ts';
import { segregationOfDuties } from './segregation-of-duties.ts';
import { selfApproval } from './self-approval.ts';
import { settlementDiffers } from './settlement-differs.ts';
import { soleCustomerNumbers } from './sole-customer-numbers.ts';
import { splitBelowLimit } from './split-below-limit.ts';
import { suspiciousWords } from './suspicious-words.ts';
import { unusedCredit } from './unused-credit.ts';
import { unusualAmount } from './unusual-amount.ts';
import { urgentOutsideRun } from './urgent-outside-run.ts';
import { vendorIncomplete } from './vendor-incomplete.ts';
import { vendorSharesEmployeeAccount } from './vendor-shares-employee-account.ts';
import { vendorSharesTaxId } from './vendor-shares-tax-id.ts';
import { vendorSharesVendorAccount } from './vendor-shares-vendor-account.ts';
import { waitingForPaymentRun } from './waiting-for-payment-run.ts';

/** Every detector, in the order in which the reader should meet them. Add a new one here. */
export const detectors: readonly Detector[] = [
  duplicateInvoiceExact,
  duplicateInvoiceSimilarNumber,
  duplicateInvoiceSimilarAmount,
  duplicateInvoiceOtherVendor,
  bankAccountChangeBeforePayment,
  accountChangedWhileWaiting,
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
  approvedWithoutApproval,
  changedAfterApproval,
  unusualAmount,
  decimalSlip,
  settlementDiffers,
  urgentOutsideRun,
  offHoursApproval,
  rubberStamp,
  sameAmountSameDay,
  extraInstalment,
  roundAmount,
  repeatedAmount,
  relativeSize,
  priceSpike,
  priceCreep,
  bookedInOtherPeriod,
  invoiceDateOdd,
  soleCustomerNumbers,
  numberOutOfOrder,
  noPurchaseOrder,
  orderAfterInvoice,
  orderExceeded,
  sameAmountOtherPayee,
  paidByTwoChannels,
  bankLineRepeatsPayment,
  platformRepeatsPayment,
  vendorSharesTaxId,
  vendorSharesVendorAccount,
  oneTimeIsRegular,
  vendorIncomplete,
  mailDropAddress,
  foreignBankAccount,
  activityFlurry,
  paidUnusuallyFast,
  unusedCredit,
  documentNumberRepeated,
  suspiciousWords,
  approverConcentration,
  accountHolderDiffers,
  benfordFirstDigit,
  benfordFirstTwoDigits,
  benfordSecondDigit,
  lastDigits,
  avoidedLimit,
  rareCoding,
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

/**
 * Names a detector's definition: another when its question is asked in another way.
 *
 * Shape  12 hexadecimal digits of the SHA-256 of its select and default parameters
 */
export function detectorVersion(detector: Detector): string {
  const asked = detector.find(defaultParameters(detector), '2000-01-01T00:00:00.000Z');
  return createHash('sha256').update(JSON.stringify(asked)).digest('hex').slice(0, 12);
}

/** The default of every parameter of a detector. */
export function defaultParameters(detector: Detector): Parameters {
  return Object.fromEntries(
    Object.entries(detector.parameters).map(([name, definition]) => [name, definition.default]),
  );
}
