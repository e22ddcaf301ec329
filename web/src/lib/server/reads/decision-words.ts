import { actions, reasonCodesFor, verdicts, type Action, type Verdict } from '#lib/decisions.ts';
import { messageText } from '../message-text.ts';

export interface Word<Value extends string> {
  readonly value: Value;
  readonly text: string;
}

/** Every word a decision is made of, in the reader's language, so that screens need no catalogue of them. */
export interface DecisionWords {
  readonly verdicts: readonly (Word<Verdict> & { readonly reasons: readonly Word<string>[] })[];
  readonly actions: readonly Word<Action>[];
}

export function decisionWords(): DecisionWords {
  return {
    verdicts: verdicts.map((value) => ({
      value,
      text: messageText('triage_verdict_', value),
      reasons: reasonCodesFor(value).map((code) => ({
        value: code,
        text: messageText('triage_reason_', code),
      })),
    })),
    actions: actions.map((value) => ({ value, text: messageText('triage_action_', value) })),
  };
}
