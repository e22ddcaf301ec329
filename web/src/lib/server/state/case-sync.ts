import type { Reason } from '#analytics/detectors/detector.ts';
import { appendAudit } from './audit.ts';
import type { CaseFacts } from '../control/duties.ts';
import { joinStories } from './case-merge.ts';
import type { CaseTitle } from './cases.ts';
import type { Queries, State } from './database.ts';

/** A story with what its case shows; the findings it consists of. */
export interface CaseStory {
  readonly story_key: string;
  readonly payment_request_key: string | null;
  readonly payment_request_id: string | null;
  /** Configured source of the payment request: where a decision goes. */
  readonly source: string | null;
  readonly invoice_key: string | null;
  readonly vendor_key: string | null;
  readonly company_key: string;
  readonly title: CaseTitle;
  readonly score: number;
  readonly expected_loss: string | null;
  readonly amount: string | null;
  readonly currency: string | null;
  readonly amount_base: string | null;
  /** Group currency, in which `amount_base` and `expected_loss` are. */
  readonly base_currency: string;
  /** When the money would leave. */
  readonly due_at: string | null;
  /** What rules and duties look at; left as it was when it is not given. */
  readonly facts?: CaseFacts;
  readonly findings: readonly {
    readonly finding_key: string;
    readonly detector: string;
    readonly score: number;
    readonly amount_at_stake: string | null;
    readonly currency: string | null;
    readonly reasons: readonly Reason[];
    readonly found_as_of: string;
  }[];
}

export interface SyncReport {
  readonly opened: number;
  readonly updated: number;
  readonly reopened: number;
}

/** Stories sent per statement. */
const storiesPerStatement = 500;
const syncLock = 7_420_003;
/** A case put away comes back when its expected loss is more than this many times what it was. */
const growthThatWakes = 1.5;

/**
 * Brings the cases up to the stories: opens, updates, and reopens what was decided, put off or
 * waiting when a finding appears that it did not have. Doing it again changes nothing.
 */
export async function syncCases(
  state: State,
  stories: readonly CaseStory[],
  asOf: string,
): Promise<SyncReport> {
  return state.transaction(async (queries) => {
    await queries.query('select pg_advisory_xact_lock($1)', [syncLock]);
    const report = { opened: 0, updated: 0, reopened: 0 };
    const opened: string[] = [];
    for (let start = 0; start < stories.length; start += storiesPerStatement) {
      const part = stories.slice(start, start + storiesPerStatement);
      const changed = await syncPart(queries, part, asOf);
      report.opened += changed.opened.length;
      opened.push(...changed.opened);
      report.updated += changed.updated;
      report.reopened += changed.reopened;
    }
    await joinStories(queries, opened, 'system:sync');
    await queries.query(
      `update cases set state = 'open', snoozed_until = null, version = version + 1
       where state = 'snoozed' and (snoozed_until <= current_timestamp
         or expected_loss > coalesce(snoozed_loss, 0) * ${growthThatWakes})`,
    );
    if (report.opened > 0) {
      await appendAudit(queries, {
        actor: 'system:sync',
        action: 'cases.opened',
        subject: 'cases',
        before: null,
        after: { opened: report.opened, as_of: asOf },
      });
    }
    return report;
  });
}

async function syncPart(
  queries: Queries,
  stories: readonly CaseStory[],
  asOf: string,
): Promise<Omit<SyncReport, 'opened'> & { opened: string[] }> {
  const json = JSON.stringify(stories);
  const opened = await queries.query<{ case_number: string }>(
    `insert into cases (story_key, payment_request_key, payment_request_id, source, invoice_key,
       vendor_key, company_key, title, score, expected_loss, amount, currency, amount_base, base_currency, due_at, facts, opened_at)
     select ${storyColumns}, $2::timestamptz from ${storyRows} s
     on conflict (story_key) do nothing returning case_number`,
    [json, asOf],
  );
  const updated = await queries.query(
    `update cases c set title = s.title, score = s.score, expected_loss = s.expected_loss,
       amount = s.amount, currency = s.currency, amount_base = s.amount_base, base_currency = s.base_currency, due_at = s.due_at,
       facts = coalesce(s.facts, c.facts),
       payment_request_id = s.payment_request_id, source = s.source, updated_at = current_timestamp,
       version = c.version + (c.amount is distinct from s.amount)::integer
     from ${storyRows} s
     where c.story_key = s.story_key
       and (c.title, c.score, c.expected_loss, c.amount, c.currency, c.amount_base, c.due_at, c.facts,
            c.payment_request_id, c.source)
         is distinct from (s.title, s.score, s.expected_loss, s.amount, s.currency, s.amount_base, s.due_at, coalesce(s.facts, c.facts),
            s.payment_request_id, s.source)
     returning c.case_number`,
    [json],
  );
  const grown = await queries.query<{ case_number: string }>(
    `with added as (
       insert into case_finding (case_number, finding_key, detector, score, amount_at_stake, currency,
         reasons, found_as_of)
       select c.case_number, f.finding_key, f.detector, f.score, f.amount_at_stake, f.currency,
         f.reasons, f.found_as_of
       from ${storyRows} s
       join cases c on c.story_key = s.story_key
       cross join jsonb_to_recordset(s.findings) as f (finding_key uuid, detector text,
         score double precision, amount_at_stake numeric, currency text, reasons jsonb, found_as_of timestamptz)
       on conflict (case_number, finding_key) do nothing returning case_number)
     select distinct case_number from added`,
    [json],
  );
  const reopened = await queries.query<{ case_number: string; state: string }>(
    `with before as (select case_number, state from cases
       where case_number = any($1) and state <> 'open' for update)
     update cases c set state = 'open', snoozed_until = null, version = c.version + 1,
       updated_at = current_timestamp,
       merged_into = (select lead.case_number from cases lead
                      where lead.case_number = c.merged_into and lead.state = 'open')
     from before b where c.case_number = b.case_number returning c.case_number, b.state`,
    [grown.map(({ case_number }) => case_number)],
  );
  for (const { case_number, state } of reopened) {
    await appendAudit(queries, {
      actor: 'system:sync',
      action: 'case.reopened',
      subject: case_number,
      before: { state },
      after: { state: 'open', as_of: asOf },
    });
  }
  return {
    opened: opened.map(({ case_number }) => case_number),
    updated: updated.length,
    reopened: reopened.length,
  };
}

const storyColumns = `s.story_key, s.payment_request_key, s.payment_request_id, s.source, s.invoice_key,
  s.vendor_key, s.company_key, s.title, s.score, s.expected_loss, s.amount, s.currency, s.amount_base, s.base_currency, s.due_at, coalesce(s.facts, '{}')`;

const storyRows = `(select * from jsonb_to_recordset($1::jsonb) as (story_key uuid,
  payment_request_key uuid, payment_request_id text, source text, invoice_key uuid, vendor_key uuid,
  company_key uuid, title jsonb, score double precision, expected_loss numeric(18, 4),
  amount numeric(18, 4), currency text, amount_base numeric(18, 4), base_currency text, due_at timestamptz, facts jsonb, findings jsonb))`;
