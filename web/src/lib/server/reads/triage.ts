import { bandOf, type Band, type ProbabilityOf } from '#analytics/stories.ts';
import type { Reason } from '#analytics/detectors/detector.ts';
import type { DeliveryState } from '#lib/decisions.ts';
import { application } from '../application.ts';
import type { Person } from '../auth/person.ts';
import { caseProbability, probabilityInForce } from '../case-risk.ts';
import { sumOfDecimals } from '../decimal.ts';
import { caseCounts, casesBelow, listCases, type Case, type CaseView } from '../state/cases.ts';
import { readBudget } from './budget-line.ts';
import { requestStates, type RequestState } from './case-payment.ts';
import { namesOf } from './names.ts';
import { namedKeys, reasonText } from './reason-text.ts';
import { runMoment, runTimes } from './run-times.ts';

/** Cases a list shows at once; the rest is reached by searching or deciding. */
export const queueLimit = 300;

export interface QueueRow {
  readonly case_number: string;
  readonly band: Band;
  readonly vendor_name: string | null;
  readonly reason: string;
  readonly amount: string | null;
  readonly currency: string | null;
  readonly amount_base: string | null;
  readonly expected_loss: string | null;
  readonly flag_count: number;
  /** Cases decided together with it; their money is in the amounts. */
  readonly member_count: number;
  /** Cases of the same vendor that were decided before. */
  readonly prior_count: number;
  readonly assignee_name: string | null;
  readonly is_mine: boolean;
  readonly state: Case['state'];
  readonly delivery: DeliveryState | null;
  /** A release waits for a second person. */
  readonly is_asked: boolean;
  readonly version: number;
  /** What the payment request was seen as; null when the case has none. */
  readonly request: RequestState | null;
}

/** The cases that would leave with one payment run. */
export interface RunGroup {
  /** When the money would leave, UTC ISO; null when no run is planned. */
  readonly due_at: string | null;
  readonly rows: readonly QueueRow[];
  readonly amount_base: string;
  readonly expected_loss: string;
}

export interface Queue {
  readonly view: CaseView;
  readonly search: string;
  readonly groups: readonly RunGroup[];
  readonly shown: number;
  readonly total: number;
  readonly counts: Readonly<Record<CaseView, number>>;
  readonly as_of: string;
  readonly group_currency: string;
  readonly new_today: number;
  readonly budget: number;
  /** Open cases under the line of the team's budget; null when no budget is set. */
  readonly below: number | null;
  /** Whether those are in the list too. */
  readonly shows_below: boolean;
}

/** The cases of one view, by payment run and then by expected loss. */
export async function readQueue(
  person: Person,
  filter: { view: CaseView; search: string; company_key: string | null; below?: boolean },
): Promise<Queue> {
  const { state, warehouse, configuration, asOf } = application();
  const budget = await readBudget(person);
  // Only new work has a line; who searches or looks back sees everything.
  const line =
    budget.team === null || filter.view !== 'open' || filter.search !== ''
      ? null
      : budget.line.least_loss;
  const { below: shows_below = false } = filter;
  const least_loss = shows_below ? null : line;
  const [{ cases, total }, below, counts, newToday, times] = await Promise.all([
    listCases(state, person, { ...filter, least_loss, limit: queueLimit }),
    line === null ? null : casesBelow(state, person, line),
    caseCounts(state, person),
    flagsOfDay(person, asOf()),
    runTimes(warehouse, asOf()),
  ]);
  const rows = await queueRows(person, cases);
  return {
    view: filter.view,
    search: filter.search,
    groups: inRuns(cases, rows, times),
    shown: rows.length,
    total,
    counts,
    as_of: asOf(),
    group_currency: configuration.group_currency,
    new_today: newToday,
    budget: budget.alerts_per_day,
    below,
    shows_below,
  };
}

/** Soonest run first, those without one last; inside by expected loss, as listed. */
function inRuns(
  cases: readonly Case[],
  rows: readonly QueueRow[],
  times: ReadonlyMap<string, string>,
): RunGroup[] {
  const byRun = new Map<string | null, QueueRow[]>();
  cases.forEach((one, index) => {
    const row = rows[index];
    if (row === undefined) return;
    const run = runMoment(one, times);
    byRun.set(run, [...(byRun.get(run) ?? []), row]);
  });
  return [...byRun]
    .map(([due_at, group]) => ({
      due_at,
      rows: group,
      amount_base: sumOfDecimals(group.map((row) => row.amount_base)),
      expected_loss: sumOfDecimals(group.map((row) => row.expected_loss)),
    }))
    .sort((a, b) => ((a.due_at ?? '9') < (b.due_at ?? '9') ? -1 : 1));
}

interface LeadRow {
  readonly case_number: string;
  readonly detector: string;
  readonly score: number;
  readonly currency: string | null;
  readonly reason: Reason | null;
}

async function queueRows(person: Person, cases: readonly Case[]): Promise<QueueRow[]> {
  const { state, warehouse } = application();
  const numbers = cases.map((one) => one.case_number);
  const requestKeys = cases.flatMap((one) => one.payment_request_key ?? []);
  const [findings, priors, requests, probabilityOf] = await Promise.all([
    state.query<LeadRow>(
      `select case_number, detector, score, currency, reasons->0 as reason
       from case_finding where case_number = any($1) order by case_number, score desc, finding_key`,
      [numbers],
    ),
    state.query<{ case_number: string; prior_count: number }>(
      `select c.case_number, count(*) as prior_count
       from cases c join cases p on p.vendor_key = c.vendor_key and p.case_number <> c.case_number
       where c.case_number = any($1) and p.state = 'decided'
         and ($2::uuid[] is null or p.company_key = any($2))
       group by c.case_number`,
      [numbers, person.company_keys],
    ),
    requestStates(warehouse, person, requestKeys),
    probabilityInForce(state),
  ]);
  const byCase = Map.groupBy(findings, (finding) => finding.case_number);
  const leads = leadByCase(findings, probabilityOf);
  const names = await namesOf(
    warehouse,
    namedKeys([...leads.values()].flatMap((lead) => lead.reason ?? [])),
  );
  const prior = new Map(priors.map((row) => [row.case_number, row.prior_count]));
  return cases.map((one) =>
    queueRow(person, one, {
      lead: leads.get(one.case_number),
      probability: caseProbability(byCase.get(one.case_number) ?? [], probabilityOf),
      names,
      prior_count: prior.get(one.case_number) ?? 0,
      request: requests.get(one.payment_request_key ?? '') ?? null,
    }),
  );
}

function queueRow(
  person: Person,
  one: Case,
  known: {
    lead: LeadRow | undefined;
    probability: number;
    names: ReadonlyMap<string, string>;
    prior_count: number;
    request: RequestState | null;
  },
): QueueRow {
  const reason = known.lead?.reason;
  return {
    case_number: one.case_number,
    band: bandOf(known.probability),
    vendor_name: one.title.vendor_name,
    reason: reason == null ? '' : reasonText(reason, setting(person, known.names, one.currency)),
    amount: one.amount,
    currency: one.currency,
    amount_base: withMembers(one.amount_base, one.members_amount_base),
    expected_loss: withMembers(one.expected_loss, one.members_expected_loss),
    member_count: one.member_count,
    flag_count: one.detectors.length,
    prior_count: known.prior_count,
    assignee_name: one.assignee_name,
    is_mine: one.assignee === person.user_id,
    state: one.state,
    delivery: one.delivery,
    is_asked: one.is_asked,
    version: one.version,
    request: known.request,
  };
}

/** What the case and those decided with it sum to; an unknown amount of its own stays unknown. */
function withMembers(own: string | null, members: string | null): string | null {
  return own === null ? null : sumOfDecimals([own, members]);
}

/** The finding most worth stopping stands for its case in the list. */
function leadByCase(
  findings: readonly LeadRow[],
  probabilityOf: ProbabilityOf,
): Map<string, LeadRow> {
  const leads = new Map<string, LeadRow>();
  for (const finding of findings) {
    const best = leads.get(finding.case_number);
    if (best === undefined || probabilityOf(finding) > probabilityOf(best)) {
      leads.set(finding.case_number, finding);
    }
  }
  return leads;
}

/** How this person reads reasons. */
export function setting(
  person: Person,
  names: ReadonlyMap<string, string>,
  currency: string | null,
): Parameters<typeof reasonText>[1] {
  return {
    currency,
    group_currency: application().configuration.group_currency,
    time_zone: person.time_zone,
    names,
  };
}

/** Cases whose first finding could have been known on the day of the data. */
async function flagsOfDay(person: Person, asOf: string): Promise<number> {
  const [row] = await application().state.query<{ flags: number }>(
    `select count(*) as flags from (
       select c.case_number from cases c join case_finding f using (case_number)
       where ($1::uuid[] is null or c.company_key = any($1))
       group by c.case_number
       having (min(f.found_as_of) at time zone 'UTC')::date = $2::date) found`,
    [person.company_keys, asOf.slice(0, 10)],
  );
  return row?.flags ?? 0;
}
