import { formatMoney } from '#lib/format.ts';
import { signedIn } from '#lib/server/auth/signed-in.ts';
import { readToConfirm } from '#lib/server/reads/to-confirm.ts';
import { readQueue } from '#lib/server/reads/triage.ts';
import { sumOfDecimals } from '#lib/server/decimal.ts';
import type { PageServerLoad } from './$types';

/** What waits for this person: confirmations that would count, and the cases given to them. */
export const load: PageServerLoad = async ({ locals, depends }) => {
  depends('live:cases');
  const person = signedIn(locals);
  const [asked, queue] = await Promise.all([
    readToConfirm(person),
    readQueue(person, { view: 'mine', search: '', company_key: null }),
  ]);
  const releases = asked.releases.filter((one) => one.may_answer);
  const amounts = [
    ...releases.map((one) => one.amount_base),
    ...queue.groups.flatMap((group) => group.rows.map((row) => row.amount_base)),
  ];
  return {
    releases,
    groups: queue.groups,
    as_of: queue.as_of,
    count: amounts.length,
    total: formatMoney(sumOfDecimals(amounts), queue.group_currency),
    group_currency: queue.group_currency,
    limit:
      person.approval_limit === null
        ? null
        : formatMoney(person.approval_limit, person.limit_currency),
  };
};
