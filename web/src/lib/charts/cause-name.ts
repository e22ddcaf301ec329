import type { WaitCause } from '#analytics/process/causes.ts';
import { m } from '#lib/paraglide/messages.js';

/** A cause of waiting in the reader's words. */
export function causeName(cause: WaitCause): string {
  switch (cause) {
    case 'rework':
      return m.approvals_cause_rework();
    case 'batch':
      return m.approvals_cause_batch();
    case 'queue':
      return m.approvals_cause_queue();
    case 'prioritisation':
      return m.approvals_cause_prioritisation();
    case 'outside_hours':
      return m.approvals_cause_outside_hours();
    case 'rest':
      return m.approvals_cause_rest();
  }
}
