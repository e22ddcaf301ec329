import { error } from '@sveltejs/kit';
import { m } from '#lib/paraglide/messages.js';
import { signedIn } from '#lib/server/auth/signed-in.ts';
import {
  assign,
  comment,
  decideCase,
  merge,
  snooze,
  split,
  undoDecision,
} from '#lib/server/case-actions.ts';
import {
  confirmDecision,
  declineDecision,
  withdrawAsked,
} from '#lib/server/confirmation-actions.ts';
import { readCase } from '#lib/server/reads/case-page.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, params, depends }) => {
  depends('live:cases');
  const opened = await readCase(signedIn(locals), params.case_number);
  if (opened === null) error(404, m.triage_problem_not_found());
  return { opened };
};

export const actions: Actions = {
  decide: decideCase,
  undo: undoDecision,
  confirm: confirmDecision,
  decline: declineDecision,
  withdraw: withdrawAsked,
  assign,
  snooze,
  comment,
  merge,
  split,
};
