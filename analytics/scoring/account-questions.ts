import { bankAccountChangeBeforePayment } from '../detectors/bank-account-change-before-payment.ts';
import { defaultParameters } from '../detectors/detectors.ts';
import { vendorSharesEmployeeAccount } from '../detectors/vendor-shares-employee-account.ts';
import { plainReason, rounded, timeText, toldReasons, type Question } from './answer.ts';
import { textCode } from './codes.ts';
import { jaroWinkler } from './jaro-winkler.ts';
import { daysBetween, firstFrom, rangeOf, type Asked } from './payment-to-score.ts';
import type { AccountChange } from './profiles.ts';

/** Would this pay an account that replaced another one a short time before? */
export const askAccountChange: Question = {
  detector: bankAccountChangeBeforePayment,
  answer(asked) {
    const { payment } = asked;
    if (payment.account_token === null) return { missing: 'account' };
    const { window_days = 0, proven_payments_count = 0 } = defaultParameters(this.detector);
    const change = changeBefore(asked);
    if (change === undefined || Number.isNaN(change.previous_account)) return 'nothing';
    if (change.previous_account === change.account) return 'nothing';
    const through = change.requested_through;
    if (through === 'migration' || through === 'initial') return 'nothing';
    const age_days = daysBetween(change.changed_at, payment.requested_at);
    const payments = paymentsToAccount(asked, change.account);
    if (age_days > window_days || change.verified_at <= payment.requested_at) return 'nothing';
    if (payments >= proven_payments_count) return 'nothing';
    const isForged = through === 'email' || through === 'phone';
    const isSamePerson =
      change.changed_by_key !== null &&
      (change.changed_by_key === payment.requested_by_key ||
        change.changed_by_key === (payment.invoice?.entered_by_key ?? null));
    const score =
      0.62 +
      0.2 * (1 - age_days / window_days) +
      (through === 'email' ? 0.1 : isForged ? 0.05 : 0) +
      (isSamePerson ? 0.06 : 0) -
      0.06 * Math.min(payments, 3);
    return {
      score,
      amount_at_stake: payment.amount,
      currency: payment.currency,
      reasons: toldReasons([
        {
          weight: 0.45,
          id: 'account_changed',
          values: {
            changed_at: timeText(change.changed_at),
            age_days: rounded(age_days, 1),
            payments_before_count: payments,
          },
          actual: rounded(age_days, 1),
          usual_low: window_days,
          usual_high: null,
          unit: 'days',
        },
        plainReason(0.3, 'account_not_verified'),
        isForged && through !== null
          ? plainReason(0.15, 'account_change_channel', { channel: through })
          : null,
        isSamePerson && change.changed_by_key !== null
          ? plainReason(0.1, 'account_changed_by_requester', {
              employee_key: change.changed_by_key,
            })
          : null,
      ]),
    };
  },
};

/** The latest change, by then, that made this the vendor's account. */
function changeBefore({ payment, profiles, vendor }: Asked): AccountChange | undefined {
  const account = textCode(payment.account_token);
  return profiles.account_changes
    .get(vendor.vendor_key)
    ?.findLast((change) => change.account === account && change.changed_at <= payment.requested_at);
}

function paymentsToAccount({ payment, profiles, vendor }: Asked, account: number): number {
  const { payments } = profiles;
  const range = rangeOf(payments.starts, vendor.place);
  const end = firstFrom(payments.executed_at, range, payment.requested_at);
  let count = 0;
  for (let row = range.from; row < end; row += 1) if (payments.account[row] === account) count += 1;
  return count;
}

/** Is this an account on which an employee's salary is paid? */
export const askEmployeeAccount: Question = {
  detector: vendorSharesEmployeeAccount,
  answer({ payment, profiles, vendor }) {
    if (payment.account_token === null) return { missing: 'account' };
    const { same_name_similarity = 0 } = defaultParameters(this.detector);
    const [person] = profiles.employees_by_account.get(textCode(payment.account_token)) ?? [];
    if (person === undefined) return 'nothing';
    const similarity = jaroWinkler((vendor.name ?? '').toLowerCase(), person.name.toLowerCase());
    if (similarity >= same_name_similarity) return 'nothing';
    const { employee_key } = person;
    const isInvolved =
      employee_key === payment.requested_by_key || employee_key === payment.invoice?.entered_by_key;
    return {
      score: isInvolved ? 0.99 : 0.92,
      amount_at_stake: payment.amount,
      currency: payment.currency,
      reasons: toldReasons([
        plainReason(0.8, 'account_of_employee', { employee_key }),
        isInvolved ? plainReason(0.2, 'employee_took_part', { employee_key }) : null,
      ]),
    };
  },
};
