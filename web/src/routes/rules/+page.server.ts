import { fail, redirect, type ActionFailure } from '@sveltejs/kit';
import { m } from '#lib/paraglide/messages.js';
import { application } from '#lib/server/application.ts';
import { can } from '#lib/server/auth/permissions.ts';
import { signedIn } from '#lib/server/auth/signed-in.ts';
import { changeEffects } from '#lib/server/control/change-effects.ts';
import { messageText } from '#lib/server/message-text.ts';
import { readBudget } from '#lib/server/reads/budget-line.ts';
import { readFrame } from '#lib/server/reads/frame.ts';
import { ruleWords } from '#lib/server/reads/rule-words.ts';
import { readRules, ruleStateText } from '#lib/server/reads/rules.ts';
import { saveBudget } from '#lib/server/state/alert-budgets.ts';
import { answerChange, mayConfirmChange, pendingChanges } from '#lib/server/state/changes.ts';
import { ruleLists } from '#lib/server/state/rule-lists.ts';
import { askForRule, draftRule, problemsOf, shadowRule } from '#lib/server/state/rules.ts';
import type { RuleProblem } from '#analytics/rules/check-rule.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url, depends }) => {
  depends('live:warehouse');
  const person = signedIn(locals);
  const { state, configuration, asOf } = application();
  const asked = url.searchParams.get('rule');
  const version = Number(url.searchParams.get('version')) || null;
  const [page, budget, lists, frame, pending] = await Promise.all([
    readRules(person, { id: asked, version }),
    readBudget(person),
    ruleLists(state),
    readFrame(person),
    pendingChanges(state),
  ]);
  const { opened } = page;
  const rule = opened?.opened?.kind === 'rule' ? opened.opened : null;
  const problems =
    rule === null
      ? []
      : await problemsOf(state, { rule_id: rule.rule_id, rule: rule.document, as_of: asOf() });
  const waiting = pending.find(({ kind, subject }) => kind === 'rule' && subject === opened?.id);
  return {
    rows: page.rows.map((row) => ({ ...row, state_text: ruleStateText(row.state) })),
    opened:
      opened === null
        ? null
        : {
            ...opened,
            versions: opened.versions.map((one) => ({
              ...one,
              state_text: ruleStateText(one.state),
            })),
            rule: rule?.document ?? null,
            subject_text: messageText('rules_subject_', opened.subject),
            problems: problems.map(problemText),
          },
    waiting:
      waiting === undefined
        ? null
        : {
            confirmation_id: waiting.confirmation_id,
            text: messageText('rules_pending_to_', (waiting.change as { to: string }).to, {
              name: waiting.asked_by_name,
              version: (waiting.change as { version: number }).version,
            }),
            note: waiting.note,
            may_answer: mayConfirmChange(person, waiting),
            is_mine: waiting.asked_by === person.user_id,
          },
    is_new: asked === 'new',
    budget,
    words: ruleWords(),
    lists: lists.map(({ list_id, name }) => ({ value: list_id, text: name })),
    companies: frame.companies.map(({ company_key, name }) => ({ value: company_key, text: name })),
    may_change: can(person, 'rules.change', null),
    group_currency: configuration.group_currency,
  };
};

function problemText({ code, stops, values }: RuleProblem): { text: string; stops: boolean } {
  return { text: messageText('rules_problem_', code, values), stops };
}

/** What went wrong, in words. */
function refused(why: string, status = 400): ActionFailure<{ problem: string }> {
  return fail(status, { problem: messageText('rules_wrong_', why, {}, m.rules_wrong()) });
}

export const actions: Actions = {
  draft: async ({ locals, request, url }) => {
    const person = signedIn(locals);
    if (!can(person, 'rules.change', null)) return refused('entities', 403);
    const form = await request.formData();
    const kind = form.get('kind') === 'detector' ? 'detector' : 'rule';
    const rule_id = String(form.get('rule_id') ?? '');
    const document =
      kind === 'detector'
        ? { score_from: Number(form.get('score_from')) }
        : parsed(String(form.get('document') ?? '').slice(0, 50_000));
    const result = await draftRule(application().state, person, {
      rule_id: rule_id === '' ? null : rule_id,
      kind,
      document,
      reason: String(form.get('reason') ?? ''),
      as_of: application().asOf(),
    });
    if (result.outcome === 'invalid') return refused(result.why);
    redirect(303, `${url.pathname}?rule=${result.rule_id}&version=${result.version}`);
  },
  shadow: async ({ locals, request }) => {
    const changed = await shadowRule(
      application().state,
      signedIn(locals),
      ruleOf(await request.formData()),
    );
    return changed ? { done: m.rules_done_shadow() } : refused('not_found', 409);
  },
  /** Asks to go live, pause, resume or roll back; a built-in detector gets a first version for it. */
  ask: async ({ locals, request }) => {
    const person = signedIn(locals);
    const { state, asOf } = application();
    if (!can(person, 'rules.change', null)) return refused('entities', 403);
    const form = await request.formData();
    const note = String(form.get('reason') ?? '').trim();
    if (note === '') return refused('reason');
    let { rule_id, version } = ruleOf(form);
    if (version === 0) {
      const first = await draftRule(state, person, {
        rule_id,
        kind: 'detector',
        document: { score_from: 0 },
        reason: note,
        as_of: asOf(),
      });
      if (first.outcome === 'invalid') return refused(first.why);
      ({ rule_id, version } = first);
    }
    const to = form.get('to') === 'paused' ? 'paused' : 'live';
    const result = await askForRule(state, person, { rule_id, version, to, note, as_of: asOf() });
    if (result.outcome === 'asked')
      return { done: m.rules_done_asked({ who: result.who.join(', ') }) };
    if (result.outcome === 'problem')
      return fail(400, { problem: result.problems.map((one) => problemText(one).text).join(' ') });
    return refused(result.outcome, 409);
  },
  answer: async ({ locals, request }) => {
    const form = await request.formData();
    const answer = (['confirm', 'decline', 'withdraw'] as const).find(
      (one) => one === form.get('answer'),
    );
    const confirmation_id = String(form.get('confirmation_id') ?? '');
    if (answer === undefined || !/^[0-9a-f-]{36}$/.test(confirmation_id))
      return refused('not_found');
    const { outcome } = await answerChange(
      application().state,
      signedIn(locals),
      { confirmation_id, answer, note: '' },
      changeEffects,
    );
    if (outcome === 'confirmed' || outcome === 'declined' || outcome === 'withdrawn')
      return { done: messageText('rules_done_', outcome) };
    return refused(outcome, 409);
  },
  budget: async ({ locals, request }) => {
    const person = signedIn(locals);
    const form = await request.formData();
    const keys = form.getAll('company_key').map(String);
    const every = person.company_keys;
    if (every !== null && (keys.length === 0 || keys.some((key) => !every.includes(key))))
      return refused('entities', 403);
    const result = await saveBudget(application().state, person, {
      team: form.get('team'),
      company_keys: keys.length === 0 ? null : keys,
      alerts_per_day: Number(form.get('alerts_per_day')),
      reason: form.get('reason'),
    });
    return result.outcome === 'saved' ? { done: m.rules_budget_saved() } : refused(result.why);
  },
};

function ruleOf(form: FormData): { rule_id: string; version: number } {
  return {
    rule_id: String(form.get('rule_id') ?? ''),
    version: Math.trunc(Number(form.get('version'))) || 0,
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
