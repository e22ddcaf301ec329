import { channels, requestStatuses } from '#ingest/records.ts';
import { m } from '#lib/paraglide/messages.js';
import type { Word } from './decision-words.ts';
import { amountBands, type PaymentFilter } from './payments.ts';
import { messageText } from '../message-text.ts';

/** The choices of the payment filter in the reader's language. */
export interface PaymentWords {
  readonly statuses: readonly Word<string>[];
  readonly channels: readonly Word<string>[];
  readonly bands: readonly Word<string>[];
}

export function paymentWords(): PaymentWords {
  return {
    statuses: requestStatuses.map((value) => ({
      value,
      text: messageText('payments_status_', value),
    })),
    channels: channels.map((value) => ({ value, text: messageText('payments_channel_', value) })),
    bands: amountBands.map(({ id }) => ({
      value: id,
      text: messageText('payments_band_', id.replaceAll('-', '_')),
    })),
  };
}

/** The filter in words, for the head of an exported file. */
export function filterText(filter: PaymentFilter, period: { from: string; to: string }): string {
  const words = paymentWords();
  const text = (list: readonly Word<string>[], value: string | null): string | undefined =>
    list.find((word) => word.value === value)?.text;
  return [
    `${period.from} – ${period.to}`,
    filter.search === '' ? undefined : m.payments_filter_search({ search: filter.search }),
    text(words.statuses, filter.status),
    text(words.channels, filter.channel),
    text(words.bands, filter.band),
    filter.is_flagged ? m.payments_flagged_only() : undefined,
    filter.vendor_key === null ? undefined : m.payments_one_vendor(),
  ]
    .filter((part) => part !== undefined)
    .join(' · ');
}
