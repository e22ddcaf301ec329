import {
  suggestionRows,
  suggestions,
  suggestionVendors,
  type Suggestion as Saving,
  type SuggestionRow,
  type SuggestionScope,
  type VendorShare,
} from '#analytics/strategy/suggestions.ts';
import { application } from '../application.ts';
import type { Person } from '../auth/person.ts';
import { messageText } from '../message-text.ts';
import { detectorName } from './case-page.ts';
import { channelText } from './reason-text.ts';

/** A suggestion as the screen tells it, with its share of all of its kind. */
export interface Suggestion extends Saving {
  readonly kind_text: string;
  readonly title: string;
  readonly reason: string;
  readonly share: number;
}

export const suggestionPageSize = 25;

function scopeOf(person: Person): SuggestionScope {
  return { company_keys: person.company_keys, asOf: application().asOf() };
}

/** Savings or delays of the last twelve months, the largest first. */
export async function readSuggestions(
  person: Person,
  kind: 'saving' | 'delay',
): Promise<Suggestion[]> {
  const found = await suggestions(application().warehouse, kind, scopeOf(person));
  const all = found.reduce((sum, { saving_base }) => sum + Number(saving_base ?? 0), 0);
  return found.map((one) => ({
    ...one,
    kind_text: messageText('strategy_kind_', one.detector, {}, detectorName(one.detector)),
    title: titleOf(one),
    reason: messageText('strategy_why_', one.reason_id, {}, detectorName(one.detector)),
    share: all > 0 ? Number(one.saving_base ?? 0) / all : 0,
  }));
}

function titleOf({ detector, channel, cheaper_channel, reason_id }: Saving): string {
  if (channel !== null && cheaper_channel !== null) {
    return messageText('strategy_title_', 'channel', {
      cheaper: channelText(cheaper_channel),
      channel: channelText(channel),
    });
  }
  return messageText('strategy_title_', reason_id, {}, messageText('detector_', detector));
}

/** What a suggestion rests on: its rows, which add up to its saving exactly, and its vendors. */
export async function readSuggestionRows(
  person: Person,
  suggestion: Suggestion,
  page: number,
): Promise<{ rows: SuggestionRow[]; vendors: VendorShare[] }> {
  const { warehouse } = application();
  const scope = scopeOf(person);
  const [rows, vendors] = await Promise.all([
    suggestionRows(warehouse, suggestion, scope, {
      limit: suggestionPageSize,
      offset: (page - 1) * suggestionPageSize,
    }),
    suggestionVendors(warehouse, suggestion, scope),
  ]);
  return { rows, vendors };
}
