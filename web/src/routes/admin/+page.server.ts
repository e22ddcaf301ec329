import { fail } from '@sveltejs/kit';
import * as v from 'valibot';
import { m } from '#lib/paraglide/messages.js';
import { application } from '#lib/server/application.ts';
import { signedIn } from '#lib/server/auth/signed-in.ts';
import { lacksFreshFactor } from '#lib/server/auth/step-up.ts';
import { changeEffects } from '#lib/server/control/change-effects.ts';
import { messageText } from '#lib/server/message-text.ts';
import { readToConfirm } from '#lib/server/reads/to-confirm.ts';
import { answerChange } from '#lib/server/state/changes.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, depends }) => {
  depends('live:cases');
  return readToConfirm(signedIn(locals));
};

const fields = v.object({
  confirmation_id: v.pipe(v.string(), v.uuid()),
  answer: v.picklist(['confirm', 'decline', 'withdraw']),
  note: v.optional(v.pipe(v.string(), v.maxLength(500)), ''),
});

export const actions: Actions = {
  /** Confirms, declines or takes back a change; releases are answered on their case. */
  answer: async (event) => {
    const { locals, request } = event;
    const parsed = v.safeParse(fields, Object.fromEntries(await request.formData()));
    if (!parsed.success) return fail(400, { problem: m.triage_problem_form() });
    if (parsed.output.answer === 'confirm') {
      const refused = await lacksFreshFactor(event);
      if (refused !== null) return refused;
    }
    const { state } = application();
    const result = await answerChange(state, signedIn(locals), parsed.output, changeEffects);
    switch (result.outcome) {
      case 'confirmed':
      case 'declined':
      case 'withdrawn':
        return { done: messageText('control_change_', result.outcome) };
      default:
        return fail(result.outcome === 'ended' || result.outcome === 'overtaken' ? 409 : 403, {
          problem: messageText('control_change_', result.outcome),
        });
    }
  },
};
