import { m } from '#lib/paraglide/messages.js';

/** The page's own keys, for the keyboard help. */
export function triageKeys(): { keys: string[]; text: string }[] {
  return [
    { keys: ['J', 'K'], text: m.triage_key_move() },
    { keys: ['Shift', 'J', 'K'], text: m.triage_key_range() },
    { keys: ['X'], text: m.triage_key_select() },
    { keys: ['Enter'], text: m.triage_key_open() },
    { keys: ['1'], text: m.triage_action_release() },
    { keys: ['2'], text: m.triage_action_hold() },
    { keys: ['3'], text: m.triage_action_reject() },
    { keys: ['4'], text: m.triage_action_refer() },
    { keys: ['E'], text: m.triage_verdict_expected() },
    { keys: ['F'], text: m.triage_verdict_false_alarm() },
    { keys: ['Ctrl', 'Enter'], text: m.triage_key_send() },
    { keys: ['Z'], text: m.triage_key_undo() },
    { keys: ['H'], text: m.triage_snooze() },
    { keys: ['A'], text: m.triage_assign() },
    { keys: ['I'], text: m.triage_assign_to_me() },
    { keys: ['M'], text: m.triage_merge() },
    { keys: ['C'], text: m.triage_comment() },
  ];
}
