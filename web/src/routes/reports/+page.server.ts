import { fail } from '@sveltejs/kit';
import * as v from 'valibot';
import { m } from '#lib/paraglide/messages.js';
import { application } from '#lib/server/application.ts';
import { signedIn } from '#lib/server/auth/signed-in.ts';
import { configuredTransport } from '#lib/server/mail/mail-transport.ts';
import {
  digestDeliveriesOf,
  digestSubscriptionOf,
  isTimeZone,
  saveDigestSubscription,
} from '#lib/server/state/digest-subscriptions.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => {
  const person = signedIn(locals);
  const { state } = application();
  const [subscription, deliveries] = await Promise.all([
    digestSubscriptionOf(state, person),
    digestDeliveriesOf(state, person),
  ]);
  return {
    email: person.email,
    isConfigured: configuredTransport(process.env) !== null,
    subscription: {
      active: subscription?.active ?? false,
      weekday: subscription?.weekday ?? 1,
      hour: subscription?.hour ?? 7,
      time_zone: subscription?.time_zone ?? person.time_zone,
    },
    deliveries,
  };
};

const wantedSchema = v.object({
  active: v.optional(v.literal('on')),
  weekday: v.pipe(v.string(), v.transform(Number), v.integer(), v.minValue(1), v.maxValue(7)),
  hour: v.pipe(v.string(), v.transform(Number), v.integer(), v.minValue(0), v.maxValue(23)),
  time_zone: v.pipe(v.string(), v.maxLength(64)),
});

export const actions: Actions = {
  subscribe: async ({ locals, request }) => {
    const person = signedIn(locals);
    const parsed = v.safeParse(wantedSchema, Object.fromEntries(await request.formData()));
    if (!parsed.success) return fail(400, { problem: parsed.issues[0].message });
    const { active, ...wanted } = parsed.output;
    if (!isTimeZone(wanted.time_zone)) {
      return fail(400, { problem: m.digest_invalid_zone({ zone: wanted.time_zone }) });
    }
    await saveDigestSubscription(application().state, person, {
      ...wanted,
      active: active === 'on',
    });
    return { saved: true };
  },
};
