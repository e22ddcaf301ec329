import { kpis } from '#analytics/kpis/catalogue.ts';
import type { Bar } from '#lib/components/bar.ts';
import { formatDate, formatDayRange, formatMoney, formatNumber } from '#lib/format.ts';
import { m } from '#lib/paraglide/messages.js';
import { application } from '#lib/server/application.ts';
import { signedIn } from '#lib/server/auth/signed-in.ts';
import {
  readCycleTrend,
  readFindingKinds,
  readRuns,
  readTiles,
  type RunOutflow,
} from '#lib/server/reads/overview.ts';
import { pageScope } from '#lib/server/scope.ts';
import { addDays } from '#lib/url-state.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
  const person = signedIn(locals);
  const scope = await pageScope(person, url);
  const currency = application().configuration.group_currency;
  const [tiles, trend, kinds, runs] = await Promise.all([
    readTiles(scope, url, person.time_zone),
    readCycleTrend(scope),
    readFindingKinds(scope),
    readRuns(scope),
  ]);
  return {
    currency,
    sub: m.overview_sub({
      period: formatDayRange(scope.from, addDays(scope.to, -1)),
      previous: formatDayRange(scope.previous.from, addDays(scope.previous.to, -1)),
    }),
    kpi_count: kpis.length,
    isOutside: scope.company_keys?.length === 0,
    tiles,
    kinds,
    cycle: {
      weeks: trend.points.map((point) => formatDate(point.bucket, { year: false })),
      median: trend.points.map((point) => point.value),
      p90: trend.points.map((point) => point.p90),
      counts: trend.points.map((point) => point.count),
      unfinished_from: trend.unfinished_from,
      summary: cycleSummary(trend.points.slice(0, trend.unfinished_from)),
    },
    runs: {
      rows: runs.map((run) => ({ ...run, day: formatDate(run.run_on, { year: false }) })),
      bars: runBars(runs, currency),
      summary: runSummary(runs, currency),
    },
  };
};

/** The first and the last quarter of the finished weeks, compared in one sentence. */
function cycleSummary(points: readonly { value: number | null; p90: number | null }[]): string {
  const known = points.flatMap((point) => (point.value === null ? [] : [point.value]));
  const last = points.findLast((point) => point.value !== null);
  const [first] = known;
  if (first === undefined || last?.value == null || known.length < 2)
    return m.overview_cycle_too_few();
  const days = (value: number): string => formatNumber(value, 'days');
  const p90 = points.findLast((point) => point.p90 !== null)?.p90 ?? null;
  const texts = { first: days(first), last: days(last.value), p90: formatNumber(p90, 'days') };
  if (last.value < first) return m.overview_cycle_down(texts);
  if (last.value > first) return m.overview_cycle_up(texts);
  return m.overview_cycle_same(texts);
}

function runSummary(
  runs: readonly { amount_base: string; is_planned: boolean; payments: number }[],
  currency: string,
): string {
  const planned = runs.filter((run) => run.is_planned);
  if (planned.length === 0) return m.overview_runs_none_planned();
  const minor = planned.reduce((sum, run) => sum + tenThousandths(run.amount_base), 0n);
  return m.overview_runs_planned({
    amount: formatMoney(decimalText(minor), currency, { whole: true }),
    runs: planned.length,
    payments: formatNumber(
      planned.reduce((sum, run) => sum + run.payments, 0),
      'count',
    ),
  });
}

/** One bar per run day: what left, and on top what is still planned for that day. */
function runBars(runs: readonly RunOutflow[], currency: string): Bar[] {
  const days = [...new Set(runs.map((run) => run.run_on))];
  return days.map((day) => {
    const ofDay = runs.filter((run) => run.run_on === day);
    const total = ofDay.reduce((sum, run) => sum + tenThousandths(run.amount_base), 0n);
    return {
      id: day,
      label: formatDate(day, { year: false }),
      text: formatMoney(decimalText(total), currency, { compact: true }),
      segments: ofDay.map((run) => ({
        value: Number(run.amount_base),
        kind: run.is_planned ? 'hatched' : 'mute',
      })),
    };
  });
}

/** DECIMAL(18,4) text as a whole number of its last place, so that sums stay exact. */
function tenThousandths(amount: string): bigint {
  const [whole = '0', fraction = ''] = amount.split('.');
  return BigInt(whole + fraction.padEnd(4, '0').slice(0, 4));
}

function decimalText(amount: bigint): string {
  const digits = (amount < 0n ? -amount : amount).toString().padStart(5, '0');
  return `${amount < 0n ? '-' : ''}${digits.slice(0, -4)}.${digits.slice(-4)}`;
}
