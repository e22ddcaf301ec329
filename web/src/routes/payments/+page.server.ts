import { signedIn } from '#lib/server/auth/signed-in.ts';
import { application } from '#lib/server/application.ts';
import { paymentPageSize, readPayments } from '#lib/server/reads/payments.ts';
import { paymentWords } from '#lib/server/reads/payment-words.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url, depends }) => {
  depends('live:warehouse');
  const { rows, totals, filter, scope } = await readPayments(signedIn(locals), url);
  return {
    rows,
    totals,
    filter,
    from: scope.from,
    to: scope.to,
    page_size: paymentPageSize,
    words: paymentWords(),
    group_currency: application().configuration.group_currency,
  };
};
