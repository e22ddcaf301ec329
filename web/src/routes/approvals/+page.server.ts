import { redirect } from '@sveltejs/kit';
import { waitCauses, type WaitCause } from '#analytics/process/causes.ts';
import type { SelectedStep } from '#analytics/process/selected-map.ts';
import { drawProcess, type DrawnProcess } from '#lib/charts/process-map.ts';
import { weekGrid } from '#lib/charts/week-grid.ts';
import { formatDayRange, formatDuration, formatMoney, formatNumber } from '#lib/format.ts';
import { m } from '#lib/paraglide/messages.js';
import { application } from '#lib/server/application.ts';
import { signedIn } from '#lib/server/auth/signed-in.ts';
import { messageText } from '#lib/server/message-text.ts';
import {
  conformanceRows,
  limitOf,
  readBoard,
  workloadView,
} from '#lib/server/reads/approvals-board.ts';
import { readFilter, type ApprovalsFilter } from '#lib/server/reads/approvals-filter.ts';
import { filterView, hrefToggled } from '#lib/server/reads/approvals-filter-view.ts';
import type { HeldLog } from '#lib/server/reads/approvals-log.ts';
import { logOf, sourceOf, type ApprovalsSource } from '#lib/server/reads/approvals-source.ts';
import { readApprovals, readDelays, type Approvals } from '#lib/server/reads/approvals.ts';
import { needlessSteps, whatIfs } from '#lib/server/reads/approvals-study.ts';
import { namesOf } from '#lib/server/reads/names.ts';
import { spelledOut } from '#lib/server/reads/part-label.ts';
import { namedKeys, reasonText } from '#lib/server/reads/reason-text.ts';
import { pageScope, type PageScope } from '#lib/server/scope.ts';
import { addDays, hrefWith } from '#lib/url-state.ts';
import type { Person } from '#lib/server/auth/person.ts';
import type { PageServerLoad } from './$types';

const daySeconds = 86_400;
const shownSteps = 7;
const shownRuns = 3;

export const load: PageServerLoad = async ({ locals, url, depends }) => {
  depends('approvals:study');
  const person = signedIn(locals);
  const scope = await pageScope(person, url);
  const source = await sourceOf(person, scope, url.searchParams);
  const { process, file } = source;
  const filter = readFilter(url.searchParams);
  const period = formatDayRange(scope.from, addDays(scope.to, -1));
  const shared = {
    processes: source.processes,
    log_name: file?.name ?? null,
    is_gone: source.is_gone,
    filter,
    period,
    isOutside: scope.company_keys?.length === 0,
  };
  const reading = logOf(scope, source);
  if (reading === null) return { ...shared, process: null };
  const elsewhere = usualPeriod(url, scope, source);
  if (elsewhere !== null) redirect(303, elsewhere);

  const held = await reading;
  const found = await readApprovals(held, scope, filter);
  const drawing = drawProcess(found.map, found.layout, filter.measure);
  const group_currency = file === null ? application().configuration.group_currency : null;
  const grid = weekGrid(
    found.hours,
    found.selected.steps.slice(0, shownSteps).map((step) => step.step),
  );
  return {
    ...shared,
    process: file?.id ?? process?.process ?? '',
    sub: subText(found, period),
    is_pending: held.next !== null,
    drawing: withHrefs(drawing, url, filter),
    map_summary: mapSummary(drawing),
    hidden: {
      activities: found.selected.all_activities.length - found.map.activities.length,
      paths: found.selected.edges.length - found.map.edges.length,
    },
    stamps: stampsText(held),
    clock_note: clockNote(held, filter),
    choices: filterView({ url, filter, held, found, group_currency }),
    has_work: held.log.has_start,
    has_persons: held.waits === null || held.waits.person_reason === null,
    steps: found.selected.steps.map((step) => stepRow(step)),
    step_names: Object.fromEntries(found.selected.steps.map((step) => [step.step, stepName(step)])),
    grid,
    weekdays: weekdayNames(),
    run_summary: runSummary(held, found, grid.outside),
    variants: {
      ...found.variants,
      variants: found.variants.variants.map((variant) => ({
        ...variant,
        href: hrefToggled(url, 'variant', variant.variant_key),
        is_chosen: filter.variant === variant.variant_key,
      })),
    },
    has_failed: held.failed,
    needless: needlessSteps(held, group_currency),
    what_ifs: whatIfs(held, await companyNames(held), group_currency),
    tells_open: held.finished !== null,
    board: await readBoard(held, scope, {
      limit_days: limitOf(url.searchParams),
      group_currency,
    }),
    workload: workloadView(held),
    conformance: conformanceRows(held),
    findings: file === null ? await delayRows(person, scope) : null,
    group_currency,
  };
};

/** A log that ends before the usual period opens with its own time; null when the URL names one, or the usual holds. */
function usualPeriod(
  url: URL,
  scope: PageScope,
  { process, file }: ApprovalsSource,
): string | null {
  if (url.searchParams.has('period') || url.searchParams.has('from')) return null;
  if (file !== null) return hrefWith(url, { period: `${file.first_on}..${file.last_on}` });
  const last = process?.last_begun_on ?? scope.from;
  return last < scope.from ? hrefWith(url, { period: `${addDays(last, -364)}..${last}` }) : null;
}

const inDays = (seconds: number | null): number | null =>
  seconds === null ? null : seconds / daySeconds;

/** A role keeps the words its source gives it; an activity too. */
const stepName = (step: Pick<SelectedStep, 'kind' | 'step'>): string =>
  step.kind === 'role' ? spelledOut(step.step) : step.step;

function stepRow(step: SelectedStep) {
  const all = waitCauses.reduce((sum, cause) => sum + (step.parts?.[cause] ?? 0), 0);
  return {
    step: `${step.kind} ${step.step}`,
    name: stepName(step),
    events: step.count,
    median_days: inDays(step.median),
    p90_days: inDays(step.p90),
    total_days: (step.sum ?? 0) / daySeconds,
    share: step.share_of_wait,
    work_seconds: step.median_work_seconds,
    control: step.control,
    cause: step.main_cause,
    cause_shares:
      step.parts === null || all === 0
        ? null
        : waitCauses.map((cause): { cause: WaitCause; share: number } => ({
            cause,
            share: (step.parts?.[cause] ?? 0) / all,
          })),
    rejected_rate: step.rejected_rate,
    low: step.low,
    high: step.high,
  };
}

function withHrefs(drawing: DrawnProcess, url: URL, filter: ApprovalsFilter) {
  return {
    ...drawing,
    activities: drawing.activities.map((activity) => {
      const isWith = filter.with_activities.includes(activity.name);
      const isWithout = filter.without_activities.includes(activity.name);
      return {
        ...activity,
        is_chosen: isWith,
        href: isWith
          ? hrefToggled(
              new URL(hrefToggled(url, 'with', activity.name), url),
              'without',
              activity.name,
            )
          : hrefToggled(url, isWithout ? 'without' : 'with', activity.name),
      };
    }),
    edges: drawing.edges.map((edge) => {
      const isChosen = filter.transition?.from === edge.from && filter.transition.to === edge.to;
      return {
        ...edge,
        is_chosen: isChosen,
        href: hrefWith(url, {
          after: isChosen ? null : edge.from,
          then: isChosen ? null : edge.to,
        }),
      };
    }),
  };
}

function subText(found: Approvals, period: string): string {
  const { durations, open, selected } = found;
  return m.approvals_sub({
    period,
    traces: formatNumber(selected.traces, 'count'),
    open: formatNumber(open, 'count'),
    median: formatDuration(durations.median),
    p90: formatDuration(durations.p90),
  });
}

/** The two edges with the most waiting, in one sentence. */
function mapSummary(drawing: DrawnProcess): string {
  const most = drawing.edges
    .filter((edge) => edge.share !== null && edge.control === 'own')
    .slice(-2)
    .reverse();
  if (most.length === 0) return m.approvals_map_untimed();
  return m.approvals_map_summary({
    waits: most
      .map((edge) =>
        m.approvals_map_wait({
          from: edge.from,
          to: edge.to,
          wait: formatDuration(edge.wait_seconds),
          share: formatNumber(edge.share, 'fraction'),
        }),
      )
      .join(m.approvals_and()),
  });
}

/** Cases set aside because a stamp in them cannot be; null when there are none. */
function stampsText({ stamps }: HeldLog): string | null {
  if (stamps.events === 0) return null;
  return m.approvals_stamps({
    events: formatNumber(stamps.events, 'count'),
    cases: formatNumber(stamps.cases, 'count'),
    earliest: stamps.earliest?.slice(0, 10) ?? '',
    latest: stamps.latest?.slice(0, 10) ?? '',
  });
}

function clockNote(held: HeldLog, filter: ApprovalsFilter): string {
  if (filter.clock === 'calendar') return m.approvals_clock_calendar_note();
  return held.waits === null ? m.approvals_clock_pending() : m.approvals_clock_working_note();
}

/** Which activities leave on a timetable, and what happens outside the hours shown. */
function runSummary(held: HeldLog, found: Approvals, outside: number): string {
  const left =
    outside > 0.01 ? m.approvals_outside({ share: formatNumber(outside, 'fraction') }) : '';
  if (held.waits === null) return left;
  const weekdays = weekdayNames();
  const shown = new Set(found.selected.activities.map(({ name }) => name));
  const byActivity = Map.groupBy(
    held.waits.timetables.filter(({ activity, grain }) => grain === 'hour' && shown.has(activity)),
    ({ activity }) => activity,
  );
  const runs = [...byActivity.entries()].slice(0, shownRuns).map(([activity, found]) => {
    const events = found.reduce((sum, timetable) => sum + timetable.events, 0);
    const inside = found.reduce((sum, one) => sum + one.events * one.concentration, 0);
    const slots = new Set(
      found.flatMap((one) =>
        one.slots.map(
          ({ weekday, hour }) =>
            `${weekdays[weekday - 1] ?? ''} ${String(hour ?? 0).padStart(2, '0')}:00`,
        ),
      ),
    );
    return m.approvals_run({
      activity,
      share: formatNumber(inside / events, 'fraction'),
      slots: [...slots].join(m.approvals_list_separator()),
    });
  });
  return [...runs, left].filter((text) => text !== '').join(' ');
}

/** Entities by key, where a what-if names them. */
async function companyNames({ study }: HeldLog): Promise<ReadonlyMap<string, string>> {
  if (study === null) return new Map();
  const rows = await application().warehouse.rows(
    'select company_key::varchar as key, name from company where name is not null',
  );
  return new Map(rows.map((row) => [String(row['key']), String(row['name'])]));
}

async function delayRows(person: Person, scope: PageScope) {
  const { group_currency } = application().configuration;
  const findings = await readDelays(scope);
  const names = await namesOf(
    application().warehouse,
    namedKeys(findings.flatMap((finding) => finding.reasons)),
  );
  return findings.map((finding) => ({
    finding_key: finding.finding_key,
    href: finding.payment_request_key === null ? null : `/payments/${finding.payment_request_key}`,
    name: messageText('detector_', finding.detector),
    amount: formatMoney(finding.amount_at_stake_base, group_currency),
    reasons: finding.reasons.slice(0, 2).map((reason) =>
      reasonText(reason, {
        currency: finding.currency,
        group_currency,
        time_zone: person.time_zone,
        names,
      }),
    ),
  }));
}

const weekdayNames = (): string[] => [
  m.approvals_monday(),
  m.approvals_tuesday(),
  m.approvals_wednesday(),
  m.approvals_thursday(),
  m.approvals_friday(),
  m.approvals_saturday(),
  m.approvals_sunday(),
];
