import { fail } from '@sveltejs/kit';
import { detectors } from '#analytics/detectors/detectors.ts';
import { m } from '#lib/paraglide/messages.js';
import { application } from '#lib/server/application.ts';
import { can } from '#lib/server/auth/permissions.ts';
import { signedIn } from '#lib/server/auth/signed-in.ts';
import { lacksFreshFactor } from '#lib/server/auth/step-up.ts';
import { messageText } from '#lib/server/message-text.ts';
import { detectorName } from '#lib/server/reads/case-page.ts';
import { readFrame } from '#lib/server/reads/frame.ts';
import {
  endStanding,
  listStanding,
  proposeStanding,
  smallestSample,
} from '#lib/server/state/standing-decisions.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => {
  const person = signedIn(locals);
  const { state, configuration } = application();
  const [standing, frame] = await Promise.all([listStanding(state), readFrame(person)]);
  return {
    standing: standing.map((one) => ({
      ...one,
      detector_names: one.document.kind === 'hold' ? one.document.detectors.map(detectorName) : [],
    })),
    may_change: can(person, 'policy.change'),
    group_currency: configuration.group_currency,
    smallest_sample: smallestSample,
    companies: frame.companies.map(({ company_key, name }) => ({ value: company_key, text: name })),
    detectors: detectors
      .filter((one) => one.kind === 'risk')
      .map((one) => ({ value: one.id, text: detectorName(one.id) })),
  };
};

export const actions: Actions = {
  propose: async (event) => {
    const refused = await lacksFreshFactor(event);
    if (refused !== null) return refused;
    const { locals, request } = event;
    const form = await request.formData();
    const shared = { name: form.get('name'), company_keys: form.getAll('company_key') };
    const document =
      form.get('kind') === 'hold'
        ? { ...shared, kind: 'hold', detectors: form.getAll('detector'), score_from: 0 }
        : {
            ...shared,
            kind: 'release',
            amount_below: form.get('amount_below'),
            sample_rate: Number(form.get('sample_percent')) / 100,
          };
    const reason = String(form.get('reason') ?? '');
    const standing_id = null;
    const result = await proposeStanding(application().state, signedIn(locals), {
      standing_id,
      document,
      reason,
    });
    if (result.outcome === 'asked') {
      return { done: m.control_standing_asked({ who: result.who.join(', ') }) };
    }
    const why = result.outcome === 'invalid' ? result.why : result.outcome;
    return fail(400, {
      problem: messageText('control_standing_wrong_', why, {}, m.control_standing_invalid()),
    });
  },
  end: async (event) => {
    const refused = await lacksFreshFactor(event);
    if (refused !== null) return refused;
    const { locals, request } = event;
    const id = String((await request.formData()).get('standing_id') ?? '');
    if (await endStanding(application().state, signedIn(locals), id))
      return { done: m.control_standing_ended() };
    return fail(409, { problem: m.control_standing_not_live() });
  },
};
