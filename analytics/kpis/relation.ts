import { bankRelations } from './bank-relations.ts';
import type { KpiRelation } from './kpi.ts';
import { paymentRelations, paymentRollups } from './payment-relations.ts';
import { taskRelations, taskRollups } from './task-relations.ts';
import { verdictRelations, verdictRollups } from './verdict-relations.ts';

/** Detectors whose findings count as a duplicate. */
export const duplicateDetectors = [
  'duplicate_invoice_exact',
  'duplicate_invoice_other_vendor',
  'duplicate_invoice_similar_amount',
  'duplicate_invoice_similar_number',
] as const;

/** Detectors whose findings are breaches of segregation of duties. */
export const segregationDetectors = ['self_approval', 'segregation_of_duties'] as const;

const quoted = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ');

/** Every relation by name. `company_key` must be a column of each: scope is applied on it. */
export const kpiRelations: Readonly<Record<string, KpiRelation>> = {
  invoice: {
    sql: 'kpi_invoice',
    key: 'invoice_key',
    columns: [
      'invoice_number',
      'company_key',
      'vendor_key',
      'category',
      'currency',
      'amount_gross',
      'amount_base',
      'received_on',
      'ready_on',
      'due_on',
      'paid_on',
    ],
    dimensions: {
      company: 'company_key',
      vendor: 'vendor_key',
      category: 'category',
      cost_center: 'cost_center',
      channel: 'channel',
    },
  },
  payment: {
    sql: 'kpi_payment',
    key: 'payment_key',
    columns: [
      'company_key',
      'vendor_key',
      'channel',
      'currency',
      'amount',
      'amount_base',
      'fee_base',
      'executed_on',
    ],
    dimensions: { company: 'company_key', vendor: 'vendor_key', channel: 'channel' },
  },
  run: {
    // Only companies that pay in runs at all: without any run nothing is outside of it.
    sql: `(select * from kpi_payment where company_key in (${companiesWithRuns()}))`,
    key: 'payment_key',
    columns: [
      'company_key',
      'vendor_key',
      'channel',
      'currency',
      'amount',
      'amount_base',
      'off_cycle',
      'executed_on',
    ],
    dimensions: { company: 'company_key', vendor: 'vendor_key', channel: 'channel' },
  },
  reconciliation: {
    // Only what a statement could show: the days those of the company cover.
    sql: `(select p.* from kpi_payment p
      join kpi_statement s on s.company_key = p.company_key
        and p.executed_on between s.first_on and s.last_on)`,
    key: 'payment_key',
    columns: [
      'company_key',
      'vendor_key',
      'channel',
      'currency',
      'amount',
      'amount_base',
      'reconciled',
      'executed_on',
    ],
    dimensions: { company: 'company_key', vendor: 'vendor_key', channel: 'channel' },
  },
  request: {
    sql: 'kpi_request',
    assessable: { sql: 'kpi_approval_interval', clock: 'requested_on' },
    key: 'payment_request_key',
    columns: [
      'payment_request_id',
      'company_key',
      'vendor_key',
      'category',
      'currency',
      'amount',
      'amount_base',
      'status',
      'requested_on',
      'decided_on',
    ],
    dimensions: {
      company: 'company_key',
      vendor: 'vendor_key',
      category: 'category',
      cost_center: 'cost_center',
      channel: 'channel',
    },
  },
  trace: {
    sql: 'kpi_trace',
    key: 'trace_key',
    columns: ['trace_id', 'process', 'company_key', 'events', 'started_on', 'ended_on'],
    dimensions: { company: 'company_key', process: 'process', source: 'source' },
  },
  decision: {
    sql: 'kpi_decision',
    key: 'event_key',
    columns: ['trace_id', 'company_key', 'role', 'activity', 'action', 'decided_on'],
    dimensions: { company: 'company_key', role: 'role', process: 'process' },
  },
  duplicate: {
    // Numerator rows are invoices found to be duplicates, denominator rows all invoices received.
    sql: `(select i.*, coalesce(f.is_duplicate, 0) as is_duplicate, f.amount_at_stake_base
      from kpi_invoice i
      left join (
        select subject_key, 1 as is_duplicate, max(amount_at_stake_base) as amount_at_stake_base
        from finding where detector in (${quoted(duplicateDetectors)}) group by subject_key
      ) f on f.subject_key = i.invoice_key
      where i.received = 1)`,
    key: 'invoice_key',
    columns: [
      'invoice_number',
      'company_key',
      'vendor_key',
      'currency',
      'amount_gross',
      'amount_at_stake_base',
      'received_on',
    ],
    dimensions: { company: 'company_key', vendor: 'vendor_key', category: 'category' },
  },
  exposure: {
    // The findings of one request tell of the same money: the greatest amount at stake counts once.
    sql: `(select r.*, f.amount_at_stake_base, greatest(r.requested_on, f.found_on) as exposed_on, f.detectors
      from kpi_request r
      join (
        select payment_request_key, max(amount_at_stake_base) as amount_at_stake_base,
          min(found_as_of)::DATE as found_on, string_agg(distinct detector, ', ' order by detector) as detectors
        from finding where kind = 'risk' and payment_request_key is not null group by payment_request_key
      ) f on f.payment_request_key = r.payment_request_key)`,
    assessable: { sql: 'kpi_approval_interval', clock: 'requested_on' },
    key: 'payment_request_key',
    columns: [
      'payment_request_id',
      'company_key',
      'vendor_key',
      'currency',
      'amount',
      'amount_at_stake_base',
      'detectors',
      'status',
      'requested_on',
    ],
    dimensions: { company: 'company_key', vendor: 'vendor_key', category: 'category' },
  },
  segregation: {
    sql: `(select *, found_as_of::DATE as found_on, 1 as findings
      from finding where detector in (${quoted(segregationDetectors)}))`,
    assessable: {
      sql: '(select * from kpi_decision where actor_key is not null)',
      clock: 'decided_on',
    },
    key: 'finding_key',
    columns: [
      'detector',
      'subject_key',
      'company_key',
      'vendor_key',
      'amount_at_stake_base',
      'found_on',
    ],
    dimensions: { company: 'company_key', vendor: 'vendor_key', detector: 'detector' },
  },
  source: {
    // A source belongs to no entity; whoever may see any entity may see how fresh it is.
    sql: `(select source, max(extracted_at) as extracted_at, max(extracted_at)::DATE as extracted_on,
        null::DATE as ended_on, 1 as sources, null::UUID as company_key
      from batch group by source)`,
    shared: true,
    key: 'source',
    columns: ['source', 'extracted_at'],
    dimensions: { source: 'source' },
  },
  ...paymentRelations,
  ...bankRelations,
  ...taskRelations,
  ...verdictRelations,
};

/** Summed relations that are not tables of their own, by the name a `Measure.rollup` uses. */
export const kpiRollups: Readonly<Record<string, string>> = {
  duplicate_day: `(select received_on, company_key, received, 0 as is_duplicate, null as amount_at_stake_base
      from kpi_received_day
    union all
    select received_on, company_key, 0, is_duplicate, amount_at_stake_base
      from ${duplicatesOnly()})`,
  exposure_request: `(select r.company_key, r.closed_on, r.requests,
      greatest(r.requested_on, f.found_on) as exposed_on, f.amount_at_stake_base
    from kpi_request r
    join (
      select payment_request_key, max(amount_at_stake_base) as amount_at_stake_base,
        min(found_as_of)::DATE as found_on
      from finding where kind = 'risk' and payment_request_key is not null group by payment_request_key
    ) f on f.payment_request_key = r.payment_request_key)`,
  run_day: `(select * from kpi_payment_day where company_key in (${companiesWithRuns()}))`,
  reconciliation_day: `(select p.* from kpi_payment_day p
    join kpi_statement s on s.company_key = p.company_key
      and p.executed_on between s.first_on and s.last_on)`,
  ...paymentRollups,
  ...taskRollups,
  ...verdictRollups,
};

function duplicatesOnly(): string {
  return `(select i.received_on, i.company_key, i.received as is_duplicate, f.amount_at_stake_base
    from kpi_invoice i
    join (
      select subject_key, max(amount_at_stake_base) as amount_at_stake_base
      from finding where detector in (${quoted(duplicateDetectors)}) group by subject_key
    ) f on f.subject_key = i.invoice_key
    where i.received = 1)`;
}

function companiesWithRuns(): string {
  return 'select company_key from kpi_payment_day group by company_key having sum(run_known) > sum(off_cycle)';
}
