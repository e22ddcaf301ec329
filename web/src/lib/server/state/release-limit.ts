import type { Person } from '../auth/person.ts';
import { tenThousandths } from '../decimal.ts';

/**
 * May this person release a payment of that amount alone? Compared in the currency of the limit:
 * the payment's own, or the group's. What cannot be compared may not be released.
 */
export function mayRelease(
  person: Pick<Person, 'approval_limit' | 'limit_currency'>,
  payment: {
    amount: string | null;
    currency: string | null;
    amount_base: string | null;
    base_currency: string | null;
  },
): boolean {
  if (person.approval_limit === null) return true;
  const amount =
    payment.currency === person.limit_currency
      ? payment.amount
      : person.limit_currency === payment.base_currency
        ? payment.amount_base
        : null;
  return (
    amount !== null &&
    tenThousandths(amount.replace('-', '')) <= tenThousandths(person.approval_limit)
  );
}
