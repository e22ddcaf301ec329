import { createHash } from 'node:crypto';
import { clocks, type Clock } from '#analytics/process/log-waits.ts';
import type { EventLog } from '#analytics/process/log/event-log.ts';
import { casesWhere } from '#analytics/process/log/selection.ts';
import { edgeMeasures, type EdgeMeasure } from '#lib/charts/process-map.ts';
import type { PageScope } from '../scope.ts';
import type { HeldLog } from './approvals-log.ts';

/** What the reader chose on the Approvals screen; all of it is in the URL. */
export interface ApprovalsFilter {
  readonly with_activities: readonly string[];
  readonly without_activities: readonly string[];
  /** Cases that go from one activity right on to the other. */
  readonly transition: { readonly from: string; readonly to: string } | null;
  /** Key of a variant, see `variantKey`. */
  readonly variant: string | null;
  /** Amounts from..to of the group's currency, end exclusive; null = open. */
  readonly band: AmountBand | null;
  /** One text per case attribute. */
  readonly texts: Readonly<Record<string, string>>;
  /** Shares of the events and transitions that the map shows, in percent. */
  readonly activity_percent: number;
  readonly path_percent: number;
  readonly clock: Clock;
  readonly measure: EdgeMeasure;
}

export interface AmountBand {
  readonly from: number | null;
  readonly to: number | null;
}

/** Bands a reader can choose, in the group's currency. */
export const amountBands: readonly AmountBand[] = [
  { from: null, to: 500 },
  { from: 500, to: 2_500 },
  { from: 2_500, to: 10_000 },
  { from: 10_000, to: 50_000 },
  { from: 50_000, to: null },
];

/** Where the sliders stand when nobody moved them: the main ways. */
export const usualPercent = { activities: 98, paths: 92 } as const;
const leastPercent = 5;
const attributePrefix = 'attr.';
const mostTexts = 20;

/** Reads the filter of a URL; what makes no sense is left out. */
export function readFilter(parameters: URLSearchParams): ApprovalsFilter {
  const from = parameters.get('after');
  const to = parameters.get('then');
  const texts: Record<string, string> = {};
  for (const [name, value] of parameters)
    if (name.startsWith(attributePrefix) && value !== '')
      texts[name.slice(attributePrefix.length)] = value;
  return {
    with_activities: parameters.getAll('with').slice(0, mostTexts),
    without_activities: parameters.getAll('without').slice(0, mostTexts),
    transition: from === null || to === null ? null : { from, to },
    variant: parameters.get('variant'),
    band: readBand(parameters.get('band')),
    texts,
    activity_percent: readPercent(parameters.get('acts'), usualPercent.activities),
    path_percent: readPercent(parameters.get('paths'), usualPercent.paths),
    clock: clocks.find((name) => name === parameters.get('clock')) ?? 'calendar',
    measure: edgeMeasures.find((name) => name === parameters.get('measure')) ?? 'median',
  };
}

/** How a band stands in the URL: `500..2500`, `..500`, `50000..`. */
export const bandText = ({ from, to }: AmountBand): string => `${from ?? ''}..${to ?? ''}`;

function readBand(text: string | null): AmountBand | null {
  const match = /^(\d{0,15})\.\.(\d{0,15})$/.exec(text ?? '');
  if (match === null) return null;
  const [, from = '', to = ''] = match;
  if (from === '' && to === '') return null;
  return { from: from === '' ? null : Number(from), to: to === '' ? null : Number(to) };
}

function readPercent(text: string | null, usual: number): number {
  if (text === null || !/^\d{1,3}$/.test(text)) return usual;
  return Math.min(100, Math.max(leastPercent, Number(text)));
}

/** A variant's name in the URL: the same activities in the same order give the same key in any log. */
export function variantKey(activities: readonly string[]): string {
  return createHash('sha256').update(activities.join('\u001f')).digest('hex').slice(0, 16);
}

/** The cases the reader looks at: begun in the period, with all of the filter; stamps that cannot be are set aside. */
export function selectedCases(
  held: HeldLog,
  scope: Pick<PageScope, 'from' | 'to'>,
  filter: ApprovalsFilter,
): Uint8Array {
  const { log, stamps } = held;
  const texts: Record<string, readonly string[]> = {};
  for (const [name, text] of Object.entries(filter.texts))
    if (log.case_attributes[name]?.kind === 'text') texts[name] = [text];
  const { band } = filter;
  const isBanded = band !== null && log.case_attributes['amount_base']?.kind === 'number';
  const cases = casesWhere(log, {
    period: {
      clock: 'started',
      from_ms: Date.parse(`${scope.from}T00:00:00Z`),
      to_ms: Date.parse(`${scope.to}T00:00:00Z`),
    },
    texts,
    ...(isBanded
      ? { numbers: { amount_base: { from: band.from ?? -Infinity, to: band.to ?? Infinity } } }
      : {}),
    withActivities: filter.with_activities,
    withoutActivities: filter.without_activities,
    ...(filter.variant === null ? {} : { variants: [variantOf(log, filter.variant)] }),
  });
  for (let index = 0; index < cases.length; index += 1)
    if (stamps.plausible_cases[index] !== 1) cases[index] = 0;
  if (filter.transition !== null) keepTransition(log, cases, filter.transition);
  return cases;
}

function keepTransition(
  log: EventLog,
  cases: Uint8Array,
  transition: { readonly from: string; readonly to: string },
): void {
  const from = log.activities.indexOf(transition.from);
  const to = log.activities.indexOf(transition.to);
  const has = new Uint8Array(log.case_count);
  for (let event = 1; event < log.event_count; event += 1)
    if (
      log.activity[event] === to &&
      log.activity[event - 1] === from &&
      log.case_index[event] === log.case_index[event - 1]
    )
      has[log.case_index[event] ?? 0] = 1;
  for (let index = 0; index < cases.length; index += 1) if (has[index] !== 1) cases[index] = 0;
}

const variantsByKey = new WeakMap<EventLog, Map<string, number>>();

/** The variant of a key; -1 when the log has none. */
function variantOf(log: EventLog, key: string): number {
  let known = variantsByKey.get(log);
  if (known === undefined) {
    known = new Map();
    for (let variant = 0; variant < log.variant_count; variant += 1) {
      const index = log.variant_example[variant] ?? 0;
      const events = log.activity.subarray(log.case_offsets[index], log.case_offsets[index + 1]);
      known.set(variantKey(Array.from(events, (code) => log.activities[code] ?? '')), variant);
    }
    variantsByKey.set(log, known);
  }
  return known.get(key) ?? -1;
}
