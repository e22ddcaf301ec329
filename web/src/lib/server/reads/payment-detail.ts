import type { Row } from '#analytics/table.ts';
import { application } from '../application.ts';
import type { Person } from '../auth/person.ts';
import { readAccountChange, readCasePayment, type AccountChange } from './case-payment.ts';
import { readTimeline, type TimelineEntry } from './case-timeline.ts';
import { companyScope, inCompanies } from './company-scope.ts';
import { findingName } from './case-page.ts';
import { namesOf } from './names.ts';
import { namedKeys, reasonText } from './reason-text.ts';
import { runMoment, runTimes } from './run-times.ts';
import { setting } from './triage.ts';
import type { Case } from '../state/cases.ts';
import { findingsFor } from '#analytics/findings.ts';

/** Everything known about one payment: the request, its invoice, what was paid and what the bank booked. */
export interface PaymentDetail {
  readonly key: string;
  readonly title: string;
  readonly vendor_name: string | null;
  readonly company_name: string | null;
  readonly amount: string;
  readonly currency: string;
  readonly amount_base: string | null;
  readonly status: string;
  readonly group_currency: string;
  readonly request: Row | null;
  readonly invoice: Row | null;
  readonly payments: readonly Row[];
  readonly bank_lines: readonly Row[];
  readonly settlements: readonly Row[];
  readonly account: AccountChange | null;
  readonly timeline: readonly TimelineEntry[];
  readonly findings: readonly {
    readonly key: string;
    readonly name: string;
    readonly reasons: readonly string[];
  }[];
  readonly case_number: string | null;
}

/** One payment request, or a payment without one; null when unknown or outside the person's entities. */
export async function readPaymentDetail(
  person: Person,
  key: string,
): Promise<PaymentDetail | null> {
  const { warehouse, state, configuration, asOf } = application();
  const values = { key, ...companyScope(person) };
  const [[request], payments] = await Promise.all([
    warehouse.rows(
      `select flow.payment_request_id, flow.requested_at, flow.scheduled_on, flow.channel, flow.currency,
         flow.amount, flow.amount_base, flow.urgent, flow.status, flow.status_at, flow.status_version,
         flow.vendor_name, flow.description, flow.due_on, flow.payment_run,
         flow.invoice_key::varchar as invoice_key, company.name as company_name,
         requester.name as requested_by_name
       from payment_flow as flow left join company using (company_key)
       left join employee as requester on requester.employee_key = flow.requested_by_key
       where flow.payment_request_key = $key::uuid and ${inCompanies('flow.company_key')}`,
      values,
    ),
    warehouse.rows(
      `select fact.payment_key::varchar as payment_key, payment.payment_id, fact.executed_at, fact.channel,
         fact.currency, fact.amount, fact.amount_base, fact.fee_base, fact.status, payment.payment_run,
         fact.invoice_key::varchar as invoice_key, fact.bank_line_key::varchar as bank_line_key,
         fact.settlement_key::varchar as settlement_key, vendor.name as vendor_name,
         company.name as company_name
       from payment_fact as fact join payment using (payment_key)
       left join vendor on vendor.vendor_key = fact.vendor_key
       left join company on company.company_key = fact.company_key
       where (fact.payment_request_key = $key::uuid or fact.payment_key = $key::uuid)
         and ${inCompanies('fact.company_key')}
       order by fact.executed_at, fact.payment_key limit 50`,
      values,
    ),
  ]);
  const head = request ?? payments[0];
  if (head === undefined) return null;
  const [invoice, bankLines, settlements, casePayment, account, findings, [found]] =
    await Promise.all([
      invoiceOf(person, head['invoice_key']),
      linesOf(
        person,
        payments.map((row) => row['bank_line_key']),
      ),
      settlementsOf(payments.map((row) => row['settlement_key'])),
      readCasePayment(warehouse, person, key),
      readAccountChange(warehouse, person, key),
      findingsFor(warehouse, { company_keys: person.company_keys, subject_keys: [key], limit: 20 }),
      state.query<Pick<Case, 'case_number' | 'due_at' | 'company_key' | 'payment_request_key'>>(
        `select case_number, due_at, company_key, payment_request_key from cases where payment_request_key = $2::uuid
       and ($1::uuid[] is null or company_key = any($1)) limit 1`,
        [person.company_keys, key],
      ),
    ]);
  const names = await namesOf(warehouse, namedKeys(findings.flatMap((one) => one.reasons)));
  return {
    key,
    title: String(request?.['payment_request_id'] ?? head['payment_id']),
    vendor_name: head['vendor_name'] as string | null,
    company_name: head['company_name'] as string | null,
    amount: String(head['amount']),
    currency: String(head['currency']),
    amount_base: head['amount_base'] as string | null,
    status: String(head['status'] ?? 'paid'),
    group_currency: configuration.group_currency,
    request: request ?? null,
    invoice,
    payments,
    bank_lines: bankLines,
    settlements,
    account,
    timeline:
      casePayment === null
        ? []
        : await readTimeline(warehouse, person, casePayment, {
            account,
            due_at:
              found === undefined ? null : runMoment(found, await runTimes(warehouse, asOf())),
            found_as_of: null,
          }),
    findings: findings.map((one) => ({
      key: one.finding_key,
      name: findingName(one),
      reasons: one.reasons.map((reason) =>
        reasonText(reason, setting(person, names, one.currency)),
      ),
    })),
    case_number: found?.case_number ?? null,
  };
}

async function invoiceOf(person: Person, key: unknown): Promise<Row | null> {
  if (typeof key !== 'string') return null;
  const [invoice] = await application().warehouse.rows(
    `select invoice_number, document_number, document_type, invoiced_on, received_at, posted_on, due_on,
       currency, amount_gross, discount_rate, discount_on, category, cost_center, is_reversed
     from invoice_flow where invoice_key = $key::uuid and ${inCompanies()}`,
    { key, ...companyScope(person) },
  );
  return invoice ?? null;
}

function linesOf(person: Person, keys: readonly unknown[]): Promise<Row[]> {
  return application().warehouse.rows(
    `select bank_line_key::varchar as bank_line_key, statement, booked_on, value_on, currency, amount,
       end_to_end_id, bank_reference from bank_line
     where bank_line_key::varchar in (select unnest($keys)) and ${inCompanies()}
     order by booked_on, bank_line_key`,
    { keys: keys.filter((key) => typeof key === 'string'), ...companyScope(person) },
  );
}

function settlementsOf(keys: readonly unknown[]): Promise<Row[]> {
  return application().warehouse.rows(
    `select settlement_key::varchar as settlement_key, platform, payout, settled_at, currency,
       amount_gross, fee_amount, amount_net from settlement
     where settlement_key::varchar in (select unnest($keys)) order by settled_at, settlement_key`,
    { keys: keys.filter((key) => typeof key === 'string') },
  );
}
