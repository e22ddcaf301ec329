import type { EventLog } from '#analytics/process/log/event-log.ts';
import { formatMoney, formatNumber } from '#lib/format.ts';
import { m } from '#lib/paraglide/messages.js';
import { hrefWith, type ReadableUrl } from '#lib/url-state.ts';
import { messageText } from '../message-text.ts';
import type { Approvals } from './approvals.ts';
import {
  amountBands,
  bandText,
  usualPercent,
  type AmountBand,
  type ApprovalsFilter,
} from './approvals-filter.ts';
import type { HeldLog } from './approvals-log.ts';

/** A control of the filter bar: a choice of one value of a URL parameter. */
export interface FilterChoice {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly options: readonly { readonly value: string; readonly text: string }[];
}

/** One condition that holds, and the same page without it. */
export interface FilterChip {
  readonly text: string;
  readonly href: string;
}

export interface FilterView {
  readonly choices: readonly FilterChoice[];
  readonly chips: readonly FilterChip[];
  readonly clear_href: string;
  /** Sliders where they usually stand, and fully open. */
  readonly shown: 'main' | 'all' | null;
  readonly main_href: string;
  readonly all_href: string;
}

const mostOptions = 60;
/** Attributes that other controls choose, or that are no texts for people. */
const hiddenAttributes = new Set(['company_key', 'amount_base']);

/** The page with a value of a repeatable parameter put in, or taken away when it is there. */
export function hrefToggled(url: ReadableUrl, name: string, value: string): string {
  const parameters = new URLSearchParams(url.searchParams.toString());
  if (parameters.has(name, value)) parameters.delete(name, value);
  else parameters.append(name, value);
  if (name === 'variant' && parameters.has(name, value)) parameters.set(name, value);
  const query = parameters.toString();
  return query === '' ? url.pathname : `${url.pathname}?${query}`;
}

/** The filter bar: what can be chosen, and what is. */
export function filterView(given: {
  readonly url: URL;
  readonly filter: ApprovalsFilter;
  readonly held: HeldLog;
  readonly found: Approvals;
  readonly group_currency: string | null;
}): FilterView {
  const { url, filter, held } = given;
  const cleared = new URL(url);
  for (const name of [...cleared.searchParams.keys()])
    if (
      ['with', 'without', 'after', 'then', 'variant', 'band'].includes(name) ||
      name.startsWith('attr.')
    )
      cleared.searchParams.delete(name);
  return {
    choices: [
      ...bandChoice(held.log, filter, given.group_currency),
      ...attributeChoices(held.log, filter),
    ],
    chips: chipsOf(given),
    clear_href: `${cleared.pathname}${cleared.search}`,
    shown: shownOf(filter),
    main_href: hrefWith(url, { acts: null, paths: null }),
    all_href: hrefWith(url, { acts: '100', paths: '100' }),
  };
}

function shownOf({ activity_percent, path_percent }: ApprovalsFilter): FilterView['shown'] {
  if (activity_percent === 100 && path_percent === 100) return 'all';
  const isMain =
    activity_percent === usualPercent.activities && path_percent === usualPercent.paths;
  return isMain ? 'main' : null;
}

function bandChoice(
  log: EventLog,
  filter: ApprovalsFilter,
  currency: string | null,
): FilterChoice[] {
  if (log.case_attributes['amount_base']?.kind !== 'number') return [];
  const value = filter.band === null ? '' : bandText(filter.band);
  const known = amountBands.some((band) => bandText(band) === value);
  const bands = filter.band === null || known ? amountBands : [...amountBands, filter.band];
  return [
    {
      name: 'band',
      label: m.approvals_filter_amount(),
      value,
      options: [
        { value: '', text: m.approvals_filter_any_amount() },
        ...bands.map((band) => ({ value: bandText(band), text: bandName(band, currency) })),
      ],
    },
  ];
}

function bandName({ from, to }: AmountBand, currency: string | null): string {
  const money = (amount: number): string =>
    formatMoney(String(amount), currency, { whole: true, compact: true });
  if (from === null) return m.approvals_band_below({ to: money(to ?? 0) });
  if (to === null) return m.approvals_band_from({ from: money(from) });
  return m.approvals_band_between({ from: money(from), to: money(to) });
}

function attributeChoices(log: EventLog, filter: ApprovalsFilter): FilterChoice[] {
  return Object.entries(log.case_attributes).flatMap(([name, attribute]) => {
    if (attribute.kind !== 'text' || hiddenAttributes.has(name) || attribute.names.length < 2)
      return [];
    const counts = new Int32Array(attribute.names.length);
    for (const code of attribute.code) if (code >= 0) counts[code] = (counts[code] ?? 0) + 1;
    const byCount = [...counts.keys()]
      .filter((code) => (counts[code] ?? 0) > 0)
      .sort((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0))
      .slice(0, mostOptions);
    return [
      {
        name: `attr.${name}`,
        label: attributeName(name),
        value: filter.texts[name] ?? '',
        options: [
          { value: '', text: m.approvals_filter_any({ name: attributeName(name) }) },
          ...byCount.map((code) => {
            const value = attribute.names[code] ?? '';
            const count = formatNumber(counts[code] ?? 0, 'count');
            return { value, text: `${valueName(name, value)} (${count})` };
          }),
        ],
      },
    ];
  });
}

const attributeName = (name: string): string => messageText('approvals_attribute_', name);
const valueName = (name: string, value: string): string =>
  name === 'channel' ? messageText('payments_channel_', value) : value;

function chipsOf(given: Parameters<typeof filterView>[0]): FilterChip[] {
  const { url, filter, found } = given;
  const { transition, variant, band } = filter;
  return [
    ...filter.with_activities.map((name) => ({
      text: m.approvals_chip_with({ name }),
      href: hrefToggled(url, 'with', name),
    })),
    ...filter.without_activities.map((name) => ({
      text: m.approvals_chip_without({ name }),
      href: hrefToggled(url, 'without', name),
    })),
    ...(transition === null
      ? []
      : [
          {
            text: m.approvals_chip_transition(transition),
            href: hrefWith(url, { after: null, then: null }),
          },
        ]),
    ...(variant === null
      ? []
      : [
          {
            text: m.approvals_chip_variant({
              path: found.variants.variants[0]?.activities.slice(0, 4).join(' → ') ?? variant,
            }),
            href: hrefWith(url, { variant: null }),
          },
        ]),
    ...(band === null
      ? []
      : [{ text: bandName(band, given.group_currency), href: hrefWith(url, { band: null }) }]),
    ...Object.entries(filter.texts).map(([name, value]) => ({
      text: m.approvals_chip_attribute({
        name: attributeName(name),
        value: valueName(name, value),
      }),
      href: hrefWith(url, { [`attr.${name}`]: null }),
    })),
  ];
}
