import { messageText } from '../message-text.ts';
import { partLabel } from './part-label.ts';

/** What people read in place of our own codes, by column; a column that is not here is text as it stands. */
export const codeWords: Readonly<Record<string, (code: string) => string>> = {
  channel: (code) => partLabel('channel', { part: code, label: null }),
  role: (code) => partLabel('role', { part: code, label: null }),
  cause: (code) => partLabel('cause', { part: code, label: null }),
  detector: (code) => messageText('detector_', code),
  detectors: (codes) =>
    codes
      .split(/,\s*/)
      .map((code) => messageText('detector_', code))
      .join(', '),
  status: (code) => messageText('payments_status_', code),
  verdict: (code) => messageText('triage_verdict_', code),
  action: (code) => messageText('approvals_action_', code, {}, messageText('triage_action_', code)),
  rule: (code) => messageText('overview_rule_', code),
  state: (code) => messageText('export_case_', code),
};
