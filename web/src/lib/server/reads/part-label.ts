import type { KpiDimension } from '#analytics/kpis/kpi.ts';
import { m } from '#lib/paraglide/messages.js';
import { messageText } from '../message-text.ts';

/** A part of a dimension in the reader's words: our own codes are translated, names of the source stay. */
export function partLabel(
  dimension: KpiDimension,
  part: { readonly part: string | null; readonly label: string | null },
): string {
  const label = part.label ?? part.part;
  if (label === null) return m.overview_not_said();
  if (dimension === 'channel') return messageText('payments_channel_', label);
  if (dimension === 'detector') return messageText('detector_', label);
  if (dimension === 'cause') return messageText('kpi_cause_', label);
  return dimension === 'role' ? spelledOut(label) : label;
}

/** team_lead → Team lead, cfo → CFO. */
export function spelledOut(code: string): string {
  if (/^[a-z]{2,3}$/.test(code)) return code.toUpperCase();
  const words = code.replaceAll('_', ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
