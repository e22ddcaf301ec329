import { findingsFor, openStories, type Story } from '#analytics/findings.ts';
import type { Finding } from '#analytics/detectors/detector.ts';
import type { ProbabilityOf } from '#analytics/stories.ts';
import type { Queryable, Row } from '#analytics/table.ts';
import { vendorClasses } from '../control/policy-document.ts';
import { vendorClassSql } from '../reads/policy-history.ts';
import type { CaseFacts } from '../control/duties.ts';
import type { CaseStory } from '../state/case-sync.ts';

/**
 * Most cases opened from one refresh; the gravest first. A queue that nobody can work off hides the
 * few that matter; what is left out stays in the findings.
 */
const storyLimit = 500;
const keysPerQuery = 5_000;
/** Who changed the vendor's master data that recently may not release its payment. */
const vendorEditorDays = 90;

/** The open stories with the names and amounts their cases show. */
export async function caseStories(
  warehouse: Queryable,
  options: {
    asOf: string;
    groupCurrency: string;
    opens?: (finding: Finding) => boolean;
    probabilityOf?: ProbabilityOf;
  },
): Promise<CaseStory[]> {
  const stories = await openStories(warehouse, options.asOf, {
    limit: storyLimit,
    ...(options.opens && { opens: options.opens }),
    ...(options.probabilityOf && { probabilityOf: options.probabilityOf }),
  });
  if (stories.length === 0) return [];
  const [findings, facts] = await Promise.all([
    findingsOf(warehouse, stories, options.asOf),
    factsOf(warehouse, stories),
  ]);
  return stories.map((story) => {
    const about = facts.get(story.payment_request_key ?? story.subject_key) ?? {};
    return {
      story_key: story.story_key,
      payment_request_key: story.payment_request_key,
      payment_request_id: text(about['payment_request_id']),
      source: text(about['source']),
      invoice_key:
        text(about['invoice_key']) ?? (story.subject === 'invoice' ? story.subject_key : null),
      vendor_key: story.vendor_key ?? text(about['vendor_key']),
      company_key: story.company_key,
      title: {
        vendor_name: text(about['vendor_name']),
        invoice_number: text(about['invoice_number']),
        company_name: text(about['company_name']),
      },
      score: story.score,
      expected_loss: story.expected_loss,
      // What the ERP would pay decides who may release it, not what a detector thinks is at stake.
      amount: text(about['amount']) ?? story.amount,
      currency: text(about['currency']) ?? story.currency,
      amount_base: text(about['amount']) === null ? story.amount_base : text(about['amount_base']),
      base_currency: options.groupCurrency,
      due_at: text(about['due_at']),
      facts: factsFrom(about),
      findings: story.finding_keys.flatMap((key) => {
        const finding = findings.get(key);
        return finding === undefined ? [] : [snapshot(finding)];
      }),
    };
  });
}

function factsFrom(about: Row): CaseFacts {
  return {
    category: text(about['category']),
    vendor_class: vendorClasses.find((one) => one === about['vendor_class']) ?? 'new',
    requesters: keys(about['requester_keys']),
    vendor_editors: keys(about['vendor_editor_keys']),
    approvers: keys(about['approver_keys']),
  };
}

function keys(value: unknown): string[] {
  return typeof value === 'string' && value !== '' ? value.split(',') : [];
}

function snapshot(finding: Finding): CaseStory['findings'][number] {
  const { finding_key, detector, score, amount_at_stake, currency, reasons, found_as_of } = finding;
  return { finding_key, detector, score, amount_at_stake, currency, reasons, found_as_of };
}

async function findingsOf(
  warehouse: Queryable,
  stories: readonly Story[],
  asOf: string,
): Promise<Map<string, Finding>> {
  const wanted = new Set(stories.flatMap((story) => story.finding_keys));
  const found = await findingsFor(warehouse, {
    company_keys: null,
    kind: 'risk',
    asOf,
    openOnly: true,
    limit: 10_000,
  });
  return new Map(
    found
      .filter((finding) => wanted.has(finding.finding_key))
      .map((finding) => [finding.finding_key, finding]),
  );
}

async function factsOf(warehouse: Queryable, stories: readonly Story[]): Promise<Map<string, Row>> {
  const facts = new Map<string, Row>();
  const wanted = [
    ...new Set(stories.map((story) => story.payment_request_key ?? story.subject_key)),
  ];
  for (let start = 0; start < wanted.length; start += keysPerQuery) {
    const rows = await warehouse.rows(factsSql, {
      keys: wanted.slice(start, start + keysPerQuery),
      editor_days: vendorEditorDays,
    });
    for (const row of rows) facts.set(String(row['subject_key']), row);
  }
  return facts;
}

const factsSql = `
with subject as (
  select payment_request_key as subject_key, payment_request_id, source, invoice_key, vendor_key,
    vendor_name, invoice_number, company_key, amount, currency, amount_base, scheduled_on as due_on,
    category, requested_at as known_at,
    ${vendorClassSql} as vendor_class,
    concat_ws(',', requested_by_key, entered_by_key) as requester_keys,
    array_to_string(approver_keys, ',') as approver_keys
  from payment_flow where list_contains($keys, payment_request_key::varchar)
  union all
  select invoice_flow.invoice_key, null, invoice_flow.source, invoice_flow.invoice_key,
    invoice_flow.vendor_key, vendor.name, invoice_flow.invoice_number, invoice_flow.company_key,
    invoice_flow.amount_gross, invoice_flow.currency, invoice_flow.amount_base, invoice_flow.due_on,
    invoice_flow.category, invoice_flow.received_at, 'known', invoice_flow.entered_by_key::varchar, null
  from invoice_flow left join vendor using (vendor_key)
  where list_contains($keys, invoice_flow.invoice_key::varchar)
  union all
  select vendor.vendor_key, null, vendor.source, null, vendor.vendor_key, vendor.name, null, null,
    null, null, null, null, null, null, 'known', null, null
  from vendor where list_contains($keys, vendor.vendor_key::varchar)
)
select subject.subject_key, subject.payment_request_id, subject.source, subject.invoice_key,
  subject.vendor_key, subject.vendor_name, subject.invoice_number, company.name as company_name,
  subject.amount, subject.currency, subject.amount_base, subject.due_on::varchar as due_at,
  subject.category, subject.vendor_class, subject.requester_keys, subject.approver_keys,
  (select string_agg(distinct editor_key::varchar, ',' order by editor_key::varchar) from (
     select changed_by_key as editor_key from vendor_account
     where vendor_account.vendor_key = subject.vendor_key
       and vendor_account.valid_from > subject.known_at - to_days($editor_days)
     union all
     select created_by_key from vendor
     where vendor.vendor_key = subject.vendor_key
       and vendor.created_at > subject.known_at - to_days($editor_days)
   )) as vendor_editor_keys
from subject left join company on company.company_key = subject.company_key`;

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : null;
}
