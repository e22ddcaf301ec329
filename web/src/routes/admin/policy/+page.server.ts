import { fail, redirect } from '@sveltejs/kit';
import { bands } from '#analytics/stories.ts';
import { m } from '#lib/paraglide/messages.js';
import { application } from '#lib/server/application.ts';
import { can, roles } from '#lib/server/auth/permissions.ts';
import { listPeople } from '#lib/server/auth/person.ts';
import { signedIn } from '#lib/server/auth/signed-in.ts';
import { lacksFreshFactor } from '#lib/server/auth/step-up.ts';
import { stageModes } from '#lib/server/control/approval-plan.ts';
import { entities } from '#lib/server/control/change-effects.ts';
import { coverageOf } from '#lib/server/control/policy-coverage.ts';
import { vendorClasses } from '#lib/server/control/policy-document.ts';
import { messageText } from '#lib/server/message-text.ts';
import { readFrame } from '#lib/server/reads/frame.ts';
import { probabilityInForce } from '#lib/server/case-risk.ts';
import { policyCategories, policyHistory } from '#lib/server/reads/policy-history.ts';
import { livePolicy } from '#lib/server/state/policy-live.ts';
import {
  askToGoLive,
  draftPolicy,
  listPolicies,
  policyVersion,
  simulatePolicy,
} from '#lib/server/state/policy.ts';
import type { Actions, PageServerLoad } from './$types';

const words = <Value extends string>(prefix: string, values: readonly Value[]) =>
  values.map((value) => ({ value, text: messageText(prefix, value) }));

export const load: PageServerLoad = async ({ locals, url }) => {
  const person = signedIn(locals);
  const { state, warehouse, configuration } = application();
  const [versions, live, people, frame, categories] = await Promise.all([
    listPolicies(state),
    livePolicy(state),
    listPeople(state),
    readFrame(person),
    policyCategories(warehouse),
  ]);
  const asked = Number(url.searchParams.get('version'));
  const opened = versions.find((one) => one.version === asked) ?? null;
  const document = opened?.document ?? live.document;
  const company_keys = (await entities()).company_keys;
  return {
    versions,
    live_version: live.version,
    opened,
    document,
    coverage: coverageOf(document, {
      people,
      company_keys,
      group_currency: configuration.group_currency,
    }),
    may_change: can(person, 'policy.change'),
    user_id: person.user_id,
    group_currency: configuration.group_currency,
    companies: frame.companies.map(({ company_key, name }) => ({ value: company_key, text: name })),
    categories,
    deciders: people
      .filter((one) => can(one, 'cases.decide'))
      .map((one) => ({ value: one.user_id, text: one.name })),
    words: {
      bands: words('triage_band_', bands),
      vendor_classes: words('control_vendor_', vendorClasses),
      modes: words('control_mode_', stageModes),
      roles: words(
        'shell_role_',
        roles.filter((role) => ['cfo', 'risk', 'approver'].includes(role)),
      ),
    },
  };
};

export const actions: Actions = {
  draft: async ({ locals, request }) => {
    const form = await request.formData();
    const reason = String(form.get('reason') ?? '');
    const text = String(form.get('document') ?? '').slice(0, 200_000);
    const result = await draftPolicy(application().state, signedIn(locals), {
      document: parsed(text),
      reason,
    });
    if (result.outcome === 'drafted') redirect(303, `/admin/policy?version=${result.version}`);
    return fail(400, {
      problem:
        `${messageText('control_policy_', result.why, {}, m.control_policy_invalid())} ${result.field === '' ? '' : `(${result.field})`}`.trim(),
      draft: { text, reason },
    });
  },
  simulate: async ({ locals, request }) => {
    const { state, warehouse, asOf } = application();
    const version = Number((await request.formData()).get('version'));
    const history = await policyHistory(warehouse, asOf(), await probabilityInForce(state));
    const result = await simulatePolicy(state, signedIn(locals), { version, history });
    if (result === null) return fail(409, { problem: m.control_policy_not_draft() });
    redirect(303, `/admin/policy?version=${version}`);
  },
  go_live: async (event) => {
    const refused = await lacksFreshFactor(event);
    if (refused !== null) return refused;
    const { locals, request } = event;
    const { state } = application();
    const version = Number((await request.formData()).get('version'));
    const found = await policyVersion(state, version);
    const result = await askToGoLive(state, signedIn(locals), { version, ...(await entities()) });
    if (result.outcome === 'asked') {
      return {
        done: m.control_policy_asked({
          version: found?.version ?? version,
          who: result.who.join(', '),
        }),
      };
    }
    if (result.outcome === 'no_approver') {
      const where = [...new Set(result.where.map((one) => one.rule))].join(', ');
      return fail(409, { problem: m.control_policy_no_approver({ where }) });
    }
    return fail(409, { problem: messageText('control_policy_', result.outcome) });
  },
};

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
