import { defaultParameters } from '../detectors/detectors.ts';
import { selfApproval } from '../detectors/self-approval.ts';
import { amountText, plainReason, timeText, toldReasons, type Question } from './answer.ts';

const unitsPerWhole = 10_000;

/** Did somebody approve their own request? Asked when the sender names who approved. */
export const askSelfApproval: Question = {
  detector: selfApproval,
  answer({ payment, profiles, amount_base }) {
    const { minimum_amount = 0 } = defaultParameters(this.detector);
    const { approvals, requested_by_key } = payment;
    if (approvals === null) return { missing: 'approvals' };
    const entered_by_key = payment.invoice?.entered_by_key ?? null;
    const amount = Number.isNaN(amount_base) ? payment.amount : amount_base;
    if (amount < minimum_amount * unitsPerWhole) return 'nothing';
    const [own] = approvals
      .filter(({ employee_key }) => {
        const person = profiles.employees.get(employee_key);
        if (person === undefined || person.is_service_account) return false;
        return employee_key === requested_by_key || employee_key === entered_by_key;
      })
      .sort(
        (left, right) =>
          Number(right.employee_key === requested_by_key) -
            Number(left.employee_key === requested_by_key) || left.approved_at - right.approved_at,
      );
    if (own === undefined) return 'nothing';
    const isRequester = own.employee_key === requested_by_key;
    const hasOther = approvals.some(
      (other) => other.employee_key !== own.employee_key && other.approved_at <= own.approved_at,
    );
    return {
      score: (isRequester ? 0.95 : 0.75) - (hasOther ? 0.3 : 0),
      amount_at_stake: payment.amount,
      currency: payment.currency,
      reasons: toldReasons([
        plainReason(0.8, isRequester ? 'approved_own_request' : 'approved_own_entry', {
          employee_key: own.employee_key,
          approved_at: timeText(own.approved_at),
          request_amount: amountText(payment.amount),
          currency: payment.currency,
        }),
        own.on_behalf_of_key === null
          ? null
          : plainReason(0.2, 'approved_through_delegation', { employee_key: own.on_behalf_of_key }),
        hasOther
          ? null
          : { ...plainReason(0.2, 'no_second_approver'), actual: 1, usual_low: 2, unit: 'count' },
      ]),
    };
  },
};
