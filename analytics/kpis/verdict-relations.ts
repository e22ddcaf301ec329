import type { KpiRelation } from './kpi.ts';

/** Detectors whose findings are payments kept below an approval limit. */
export const belowLimitDetectors = ['just_below_limit', 'split_below_limit'] as const;

const flagged =
  "(select distinct payment_request_key from finding where kind = 'risk' and payment_request_key is not null)";

/** Relations of what detectors found and people made of it, by name; `company_key` is a column of each. */
export const verdictRelations: Readonly<Record<string, KpiRelation>> = {
  alert: {
    sql: `(select r.*, (f.payment_request_key is not null)::TINYINT as flagged
      from kpi_request r left join ${flagged} f on f.payment_request_key = r.payment_request_key)`,
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
    ],
    dimensions: { company: 'company_key', vendor: 'vendor_key', category: 'category' },
  },
  changed_account: {
    sql: '(select * from kpi_request where account_changed = 1)',
    key: 'payment_request_key',
    columns: [
      'payment_request_id',
      'company_key',
      'vendor_key',
      'currency',
      'amount',
      'amount_base',
      'account_verified',
      'requested_on',
    ],
    dimensions: { company: 'company_key', vendor: 'vendor_key', category: 'category' },
  },
  below_limit: {
    sql: `(select *, found_as_of::DATE as found_on, 1 as findings
      from finding where detector in (${belowLimitDetectors.map((name) => `'${name}'`).join(', ')}))`,
    assessable: { sql: 'kpi_request_day', clock: 'requested_on' },
    key: 'finding_key',
    columns: ['detector', 'company_key', 'vendor_key', 'amount_at_stake_base', 'found_on'],
    dimensions: { company: 'company_key', vendor: 'vendor_key', detector: 'detector' },
  },
  verdict: {
    // The last decision about a case counts; what a person was unsure of says nothing of the detectors.
    sql: `(select d.case_number, d.verdict, d.reason_code, d.action, d.decided_at::DATE as decided_on,
        coalesce(r.company_key, i.company_key) as company_key,
        coalesce(r.vendor_key, i.vendor_key) as vendor_key,
        coalesce(r.amount_base, i.amount_base) as amount_base, d.decision_key, 1 as verdicts,
        (d.verdict in ('fraud', 'error', 'policy_breach'))::TINYINT as confirmed,
        case when d.verdict in ('fraud', 'error', 'policy_breach') and d.action in ('hold', 'reject') then 1 end
          as protections,
        case when d.verdict in ('fraud', 'error', 'policy_breach') and d.action in ('hold', 'reject')
          then coalesce(r.amount_base, i.amount_base) end as protected_base
      from (
        select * from decision where verdict <> 'unsure'
        qualify row_number() over (partition by case_number order by decided_at desc, decision_key) = 1
      ) d
      left join kpi_request r on r.payment_request_key = try_cast(d.subject_key as UUID)
      left join kpi_invoice i on i.invoice_key = try_cast(d.subject_key as UUID))`,
    key: 'decision_key',
    columns: [
      'case_number',
      'company_key',
      'vendor_key',
      'amount_base',
      'verdict',
      'action',
      'decided_on',
    ],
    dimensions: { company: 'company_key', vendor: 'vendor_key' },
  },
};

/** Summed relations beside them, by the name a `Measure.rollup` uses. */
export const verdictRollups: Readonly<Record<string, string>> = {
  alert_day: `(select requested_on, company_key, requests, 0 as flagged from kpi_request_day
    union all
    select r.requested_on, r.company_key, 0, r.requests
      from kpi_request r join ${flagged} f on f.payment_request_key = r.payment_request_key)`,
  changed_account_day: '(select * from kpi_request_day where account_changed > 0)',
};
