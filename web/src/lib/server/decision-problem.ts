import { m } from '#lib/paraglide/messages.js';
import { messageText } from './message-text.ts';
import type { DecideResult } from './state/decisions.ts';

/** What to tell a person whose decision was not recorded. */
export function decisionProblem(
  result: Exclude<DecideResult, { outcome: 'decided' | 'asked' }>,
): string {
  switch (result.outcome) {
    case 'not_found':
      return m.triage_problem_not_found();
    case 'forbidden':
      return m.triage_problem_forbidden();
    case 'changed':
      return m.triage_problem_changed();
    case 'invalid':
      return fieldProblem(result.field);
    case 'duty':
      return messageText('control_problem_duty_', result.duty);
    case 'over':
      return m.control_problem_over();
    case 'unsigned':
      return m.factor_unsigned();
    case 'wrong_signature':
      return m.factor_wrong_signature();
    case 'already_asked':
      return m.control_problem_already_asked();
    case 'nobody_may':
      return m.control_problem_nobody_may({
        because: result.because.map((one) => messageText('control_because_', one)).join(' · '),
      });
  }
}

/** What is wrong with a field of a form about a case. */
export function fieldProblem(field: string): string {
  switch (field) {
    case 'verdict':
      return m.triage_problem_verdict();
    case 'reason_code':
      return m.triage_problem_reason();
    case 'action':
      return m.triage_problem_action();
    case 'note':
      return m.triage_problem_note();
    case 'into':
      return m.triage_problem_merge();
    case 'body':
      return m.triage_problem_comment();
    default:
      return m.triage_problem_form();
  }
}
