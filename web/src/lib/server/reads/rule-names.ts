import { detectorName } from './case-page.ts';
import type { Json } from '../state/audit.ts';

/** What a change of rules is about, by the name people know: the rule, detector, list or scope. */
export function ruleChangeName(change: Json): string {
  const { document, list, suppression, rule_id } = change as {
    rule_id?: string;
    document?: { name?: string };
    list?: { name: string };
    suppression?: { detector: string | null; reason: string };
  };
  if (document?.name !== undefined) return document.name;
  if (list !== undefined) return list.name;
  if (suppression !== undefined)
    return suppression.detector === null ? suppression.reason : detectorName(suppression.detector);
  return detectorName(rule_id ?? '');
}
