import { error } from '@sveltejs/kit';
import { m } from '#lib/paraglide/messages.js';
import { signedIn } from '#lib/server/auth/signed-in.ts';
import { readPaymentDetail } from '#lib/server/reads/payment-detail.ts';
import { paymentWords } from '#lib/server/reads/payment-words.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, params, depends }) => {
  depends('live:warehouse');
  const isKey = /^[0-9a-f-]{36}$/i.test(params.payment_request_key);
  const detail = isKey
    ? await readPaymentDetail(signedIn(locals), params.payment_request_key)
    : null;
  if (detail === null) error(404, m.payments_not_found());
  return { detail, words: paymentWords() };
};
