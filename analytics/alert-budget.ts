import { detectors } from './detectors/detectors.ts';
import type { Queryable } from './table.ts';

/** Stories of the past by what they were expected to cost and the day they could have been known. */
export interface PastStories {
  /** Largest first, group currency. */
  readonly losses: Float64Array;
  /** Day of each, days since 1970. */
  readonly days: Float64Array;
  /** Working days (Monday to Friday) they fall over. */
  readonly working_days: number;
}

/** The line that a budget draws through the stories. */
export interface BudgetLine {
  /** Stories from this expected loss on are shown, group currency; 0 when all fit. */
  readonly least_loss: number;
  readonly shown: number;
  readonly shown_per_day: number;
  /** Stories below the line and what they were expected to cost together. */
  readonly missed: number;
  readonly missed_loss: number;
}

const millisecondsPerDay = 86_400_000;

/**
 * The risk stories of the past, as `groupIntoStories` tells them.
 *
 * Definition  one per payment request, else per subject; probability from the two strongest findings,
 *             expected loss with the largest amount. Without a rate to the group currency a story has
 *             no expected loss: it is always shown and not in here.
 * Units       group currency
 */
export async function pastStories(
  warehouse: Queryable,
  scope: { company_keys: readonly string[] | null; since: string; asOf: string },
): Promise<PastStories> {
  const { column } = await warehouse.columns(
    `with believed as (
       select coalesce(payment_request_key, subject_key) as story, company_key, found_as_of, amount_at_stake_base,
         score * case when detector like 'rule:%' then 1
           else coalesce(list_extract($rates::double[], list_position($detectors, detector)), 0.1) end as probability
       from finding
       where kind = 'risk' and found_as_of > $since::timestamp and found_as_of <= $as_of::timestamp
         and ($all or list_contains($companies, company_key::varchar))
     ),
     story as (
       select story, max(probability, 2) as strongest, max(amount_at_stake_base)::double as amount_base,
         min(found_as_of)::date as found_on
       from believed group by story
     )
     select (strongest[1] + (1 - strongest[1]) * coalesce(strongest[2], 0) / 2) * amount_base as loss,
       date_diff('day', date '1970-01-01', found_on)::double as day
     from story where amount_base is not null order by loss desc, day, story`,
    {
      detectors: detectors.map(({ id }) => id),
      rates: detectors.map(({ prior_rate }) => String(prior_rate)),
      since: moment(scope.since),
      as_of: moment(scope.asOf),
      all: scope.company_keys === null,
      companies: [...(scope.company_keys ?? [])],
    },
  );
  const losses = numbers(column['loss']);
  const days = numbers(column['day']);
  const last = Math.floor(Date.parse(scope.asOf) / millisecondsPerDay);
  const start = Math.floor(Date.parse(scope.since) / millisecondsPerDay);
  const first = days.reduce((least, day) => Math.min(least, day), last);
  return { losses, days, working_days: workingDays(Math.max(first, start), last) };
}

/**
 * The expected loss from which on stories fit into so many a working day.
 *
 * Definition  the largest line under which no more than `per_day` times the working days are shown;
 *             stories of the same expected loss stand on the same side of it
 */
export function solveBudget({ losses, working_days }: PastStories, per_day: number): BudgetLine {
  const room = Math.floor(per_day * working_days);
  const fits = losses.length <= room;
  let shown = fits ? losses.length : room;
  // Equal ones at the edge would be a matter of luck: none of them is shown.
  if (!fits) while (shown > 0 && losses[shown - 1] === losses[room]) shown -= 1;
  const below = losses.subarray(shown);
  return {
    least_loss: fits ? 0 : (losses[shown - 1] ?? Infinity),
    shown,
    shown_per_day: working_days === 0 ? 0 : shown / working_days,
    missed: below.length,
    missed_loss: below.reduce((total, loss) => total + loss, 0),
  };
}

/** How many stories stood above the line on each of the last working days, oldest first. */
export function recentDays(
  { losses, days }: PastStories,
  line: BudgetLine,
  of: { asOf: string; count: number },
): { readonly day: string; readonly shown: number }[] {
  const byDay = new Map<number, number>();
  for (const [place, day] of days.entries())
    if ((losses[place] ?? 0) >= line.least_loss) byDay.set(day, (byDay.get(day) ?? 0) + 1);
  const recent: { day: string; shown: number }[] = [];
  for (
    let day = Math.floor(Date.parse(of.asOf) / millisecondsPerDay);
    recent.length < of.count;
    day -= 1
  )
    if (isWorkingDay(day))
      recent.unshift({
        day: new Date(day * millisecondsPerDay).toISOString().slice(0, 10),
        shown: byDay.get(day) ?? 0,
      });
  return recent;
}

function workingDays(first: number, last: number): number {
  let count = 0;
  for (let day = first; day <= last; day += 1) if (isWorkingDay(day)) count += 1;
  return count;
}

/** Day 0 was a Thursday. */
function isWorkingDay(day: number): boolean {
  return (day + 3) % 7 < 5;
}

function numbers(column: Float64Array | readonly unknown[] | undefined): Float64Array {
  return column instanceof Float64Array ? column : Float64Array.from((column ?? []) as number[]);
}

function moment(instant: string): string {
  return instant.replace('T', ' ').replace(/Z$/, '');
}
