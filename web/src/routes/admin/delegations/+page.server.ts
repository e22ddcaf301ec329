import { fail } from '@sveltejs/kit';
import * as v from 'valibot';
import { m } from '#lib/paraglide/messages.js';
import { application } from '#lib/server/application.ts';
import { can } from '#lib/server/auth/permissions.ts';
import { listPeople } from '#lib/server/auth/person.ts';
import { signedIn } from '#lib/server/auth/signed-in.ts';
import { lacksFreshFactor } from '#lib/server/auth/step-up.ts';
import { messageText } from '#lib/server/message-text.ts';
import { readFrame } from '#lib/server/reads/frame.ts';
import {
  delegate,
  endDelegation,
  listDelegations,
  longestDelegationDays,
} from '#lib/server/state/delegations.ts';
import type { Actions, PageServerLoad } from './$types';

const today = (): string => new Date().toISOString().slice(0, 10);

export const load: PageServerLoad = async ({ locals }) => {
  const person = signedIn(locals);
  const { state, configuration } = application();
  const [delegations, people, frame] = await Promise.all([
    listDelegations(state, can(person, 'access.read') ? null : person),
    listPeople(state),
    readFrame(person),
  ]);
  return {
    delegations,
    today: today(),
    user_id: person.user_id,
    longest_days: longestDelegationDays,
    group_currency: configuration.group_currency,
    companies: frame.companies.map(({ company_key, name }) => ({ value: company_key, text: name })),
    delegates: people
      .filter((one) => one.user_id !== person.user_id && can(one, 'cases.decide'))
      .map(({ user_id, name }) => ({ user_id, name })),
  };
};

const fields = v.object({
  to_user: v.pipe(v.string(), v.nonEmpty(), v.maxLength(64)),
  starts_on: v.pipe(v.string(), v.isoDate()),
  ends_on: v.pipe(v.string(), v.isoDate()),
  amount_below: v.pipe(v.string(), v.maxLength(20)),
  reason: v.pipe(v.string(), v.maxLength(500)),
});

export const actions: Actions = {
  make: async (event) => {
    const { locals, request } = event;
    const form = await request.formData();
    const typed = Object.fromEntries(form) as Record<string, string>;
    const parsed = v.safeParse(fields, typed);
    if (!parsed.success) return fail(400, { problem: m.control_delegation_dates(), typed });
    const refused = await lacksFreshFactor(event);
    if (refused !== null) return refused;
    const company_keys = form.getAll('company_key').map(String);
    const { amount_below, ...rest } = parsed.output;
    const result = await delegate(
      application().state,
      signedIn(locals),
      {
        ...rest,
        company_keys: company_keys.length === 0 ? null : company_keys,
        amount_below: amount_below.trim() === '' ? null : amount_below.trim(),
      },
      today(),
    );
    if (result.outcome === 'made') return { done: m.control_delegation_made() };
    return fail(400, {
      problem: messageText('control_delegation_', result.why, { days: longestDelegationDays }),
      typed,
    });
  },
  end: async ({ locals, request }) => {
    const id = String((await request.formData()).get('delegation_id') ?? '');
    if (await endDelegation(application().state, signedIn(locals), id)) {
      return { done: m.control_delegation_ended() };
    }
    return fail(409, {
      problem: m.control_delegation_not_yours(),
      typed: {} as Record<string, string>,
    });
  },
};
