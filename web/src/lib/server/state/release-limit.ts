import type { Person } from '../auth/person.ts';

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
  return amount !== null && tenThousandths(amount) <= tenThousandths(person.approval_limit);
}

/** Exact value of a decimal text with at most four places. */
function tenThousandths(text: string): bigint {
  const [whole = '0', fraction = ''] = text.replace('-', '').split('.');
  return BigInt(whole) * 10_000n + BigInt(fraction.padEnd(4, '0').slice(0, 4));
}
