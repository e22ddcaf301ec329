import { redirect } from '@sveltejs/kit';
import { drawProcess, edgeMeasures, type DrawnProcess } from '#lib/charts/process-map.ts';
import { weekGrid } from '#lib/charts/week-grid.ts';
import { formatDayRange, formatDuration, formatMoney, formatNumber } from '#lib/format.ts';
import { m } from '#lib/paraglide/messages.js';
import { application } from '#lib/server/application.ts';
import { signedIn } from '#lib/server/auth/signed-in.ts';
import { messageText } from '#lib/server/message-text.ts';
import {
  mapDetails,
  readApprovals,
  readProcesses,
  type Approvals,
} from '#lib/server/reads/approvals.ts';
import { namesOf } from '#lib/server/reads/names.ts';
import { spelledOut } from '#lib/server/reads/part-label.ts';
import { namedKeys, reasonText } from '#lib/server/reads/reason-text.ts';
import { pageScope } from '#lib/server/scope.ts';
import { addDays, hrefWith } from '#lib/url-state.ts';
import type { PageServerLoad } from './$types';

const daySeconds = 86_400;
const shownSteps = 7;

export const load: PageServerLoad = async ({ locals, url }) => {
  const person = signedIn(locals);
  const scope = await pageScope(person, url);
  const processes = await readProcesses(scope);
  const process =
    processes.find((choice) => choice.process === url.searchParams.get('process')) ?? processes[0];
  const measure = edgeMeasures.find((name) => name === url.searchParams.get('measure')) ?? 'median';
  const detail = mapDetails.find((name) => name === url.searchParams.get('map')) ?? 'main';
  const period = formatDayRange(scope.from, addDays(scope.to, -1));
  const shared = {
    processes,
    measure,
    detail,
    period,
    isOutside: scope.company_keys?.length === 0,
  };
  if (!process) return { ...shared, process: null };
  if (!url.searchParams.has('period') && process.last_begun_on < scope.from) {
    const last = process.last_begun_on;
    redirect(303, hrefWith(url, { period: `${addDays(last, -364)}..${last}` }));
  }

  const found = await readApprovals(scope, process.process, detail);
  const drawing = drawProcess(found.map, found.layout, measure);
  const grid = weekGrid(
    found.hours,
    found.steps.slice(0, shownSteps).map((step) => step.step),
  );
  const names = await namesOf(
    application().warehouse,
    namedKeys(found.findings.flatMap((finding) => finding.reasons)),
  );
  const { group_currency } = application().configuration;
  return {
    ...shared,
    process: process.process,
    sub: subText(found, period),
    drawing,
    map_summary: mapSummary(drawing),
    steps: found.steps.map((step) => ({
      step: step.step,
      name: stepName(step),
      events: step.events,
      median_days: inDays(step.median_wait_seconds),
      p90_days: inDays(step.p90_wait_seconds),
      total_days: step.total_wait_seconds / daySeconds,
      share: step.share_of_wait,
      rejected_rate: step.rejected_rate,
      low: step.low,
      high: step.high,
    })),
    step_names: Object.fromEntries(found.steps.map((step) => [step.step, stepName(step)])),
    grid,
    weekdays: weekdayNames(),
    run_summary: runSummary(found, grid.outside),
    variants: found.variants,
    queue: found.queue.slice(0, shownSteps).map((line) => ({
      after: line.last_activity,
      person: line.actor_name,
      traces: line.traces,
      age: formatDuration(line.median_age_seconds),
      amount: line.amount_base,
    })),
    findings: found.findings.map((finding) => ({
      finding_key: finding.finding_key,
      href:
        finding.payment_request_key === null ? null : `/payments/${finding.payment_request_key}`,
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
    })),
    group_currency,
  };
};

const inDays = (seconds: number | null): number | null =>
  seconds === null ? null : seconds / daySeconds;

/** A role keeps the words its source gives it; an action is one of ours and is translated. */
const stepName = (step: Approvals['steps'][number]): string =>
  step.kind === 'role' ? spelledOut(step.step) : messageText('approvals_action_', step.step);

function subText(found: Approvals, period: string): string {
  const { throughput, map } = found;
  const open = throughput.open ?? 0;
  return m.approvals_sub({
    period,
    traces: formatNumber(map.traces, 'count'),
    open: formatNumber(open, 'count'),
    median: formatNumber(throughput.value, 'days'),
    p90: formatNumber(throughput.p90, 'days'),
  });
}

/** The two edges with the most waiting, in one sentence. */
function mapSummary(drawing: DrawnProcess): string {
  const most = drawing.edges
    .filter((edge) => edge.share !== null)
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

function runSummary(found: Approvals, outside: number): string {
  const { runs } = found;
  const left =
    outside > 0.01 ? ` ${m.approvals_outside({ share: formatNumber(outside, 'fraction') })}` : '';
  if (runs.events === 0) return m.approvals_no_payments() + left;
  if (runs.slots.length === 0) {
    return m.approvals_no_run({ events: formatNumber(runs.events, 'count') }) + left;
  }
  const weekdays = weekdayNames();
  const slots = runs.slots.map(
    (slot) => `${weekdays[slot.weekday - 1] ?? ''} ${String(slot.hour).padStart(2, '0')}:00`,
  );
  return (
    m.approvals_run({
      share: formatNumber(runs.concentration, 'fraction'),
      events: formatNumber(runs.events, 'count'),
      slots: slots.join(m.approvals_list_separator()),
      median: formatDuration(runs.median_wait_seconds),
      p90: formatDuration(runs.p90_wait_seconds),
    }) + left
  );
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
