import type { Finding, FindingKind } from './detectors/detector.ts';
import type { Parameter, Queryable, Row } from './table.ts';
import { groupIntoStories } from './stories.ts';
import type { ProbabilityOf, Story } from './stories.ts';

export { groupIntoStories };
export type { Story };

/** What to look for among the findings; everything left out does not narrow. */
export interface FindingQuery {
  /** Companies the reader may see; null only for work that nobody reads directly, such as opening cases. */
  readonly company_keys: readonly string[] | null;
  readonly kind?: FindingKind;
  readonly detector?: string;
  /** Findings about, or on the way to, any of these subjects or payment requests. */
  readonly subject_keys?: readonly string[];
  readonly vendor_key?: string;
  /** Only what had been found by then, UTC. */
  readonly asOf?: string;
  /** Only findings whose payment has not left yet, or that are recoverable (see `openStories`). */
  readonly openOnly?: boolean;
  readonly limit: number;
}

/** Most findings one call reads, whatever the limit asked for. */
export const findingLimit = 10_000;

/**
 * Findings, gravest first: by score times amount at stake, unknown amounts last.
 *
 * Shape   at most `limit` findings, one per detector and subject
 * Errors  throws when openOnly is asked without asOf: what is open depends on the day
 */
export async function findingsFor(warehouse: Queryable, query: FindingQuery): Promise<Finding[]> {
  if (query.openOnly && query.asOf === undefined) {
    throw new Error(
      'findingsFor: openOnly needs asOf, the day from which 30 days are counted back',
    );
  }
  const conditions: string[] = [];
  const values: Record<string, Parameter> = { row_limit: Math.min(query.limit, findingLimit) };
  const narrow = (condition: string, name: string, value: Parameter | null | undefined) => {
    if (value === undefined || value === null) return;
    conditions.push(condition);
    values[name] = value;
  };
  narrow(
    'list_contains($company_keys, finding.company_key::varchar)',
    'company_keys',
    query.company_keys,
  );
  narrow('finding.kind = $kind', 'kind', query.kind);
  narrow('finding.detector = $detector', 'detector', query.detector);
  narrow(
    `(list_contains($subject_keys, finding.subject_key::varchar)
      or list_contains($subject_keys, finding.payment_request_key::varchar))`,
    'subject_keys',
    query.subject_keys,
  );
  narrow('finding.vendor_key = $vendor_key::uuid', 'vendor_key', query.vendor_key);
  narrow(
    'finding.found_as_of <= $as_of::timestamp',
    'as_of',
    query.asOf && timestampText(query.asOf),
  );
  if (query.openOnly) conditions.push(isOpen);

  const rows = await warehouse.rows(
    `select finding.* ${openJoins}
    where ${conditions.length > 0 ? conditions.join('\n and ') : 'true'}
    order by finding.score * finding.amount_at_stake_base desc nulls last, finding.finding_key
    limit $row_limit::bigint`,
    values,
  );
  return rows.map(findingFromRow);
}

const openJoins = `
from finding
left join payment_flow as request on request.payment_request_key = finding.payment_request_key
left join invoice_flow as invoice
  on invoice.invoice_key = if(finding.subject = 'invoice', finding.subject_key, request.invoice_key)`;

/**
 * Still to be stopped: the payment has not left; or a duplicate left at most 30 days ago and can be
 * asked back. A taken-back invoice is over. Without request and invoice, 30 days from being found.
 */
const isOpen = `not coalesce(invoice.is_reversed, false) and case
  when request.payment_request_key is not null and request.executed_at is null
    then request.status in ('draft', 'in_approval', 'approved', 'held', 'referred')
  when coalesce(request.executed_at, invoice.paid_at) is not null
    then finding.detector like 'duplicate_invoice%'
      and coalesce(request.executed_at, invoice.paid_at) >= $as_of::timestamp - interval 30 day
  when invoice.invoice_key is not null then true
  else finding.found_as_of >= $as_of::timestamp - interval 30 day
end`;

/**
 * The stories a person can still change the end of, by expected loss: what becomes cases.
 *
 * Definition  risk findings whose payment has not left (request draft, in approval, approved, held or
 *             referred), and duplicates paid in the last 30 days, which can be asked back.
 *             Findings that `opens` says no to tell no story.
 * Shape       at most `limit` stories, largest expected loss first
 */
export async function openStories(
  warehouse: Queryable,
  asOf: string,
  of: {
    readonly limit: number;
    readonly opens?: (finding: Finding) => boolean;
    readonly probabilityOf?: ProbabilityOf;
  },
): Promise<Story[]> {
  const findings = await findingsFor(warehouse, {
    company_keys: null,
    kind: 'risk',
    asOf,
    openOnly: true,
    limit: findingLimit,
  });
  const opening = of.opens ? findings.filter(of.opens) : findings;
  return groupIntoStories(opening, of.probabilityOf).slice(0, of.limit);
}

function findingFromRow(row: Row): Finding {
  const reasons: unknown = row['reasons'];
  return {
    ...row,
    reasons: typeof reasons === 'string' ? JSON.parse(reasons) : reasons,
  } as unknown as Finding;
}

/** DuckDB reads a time stamp without zone; all of ours are UTC. */
function timestampText(instant: string): string {
  return instant.replace('T', ' ').replace(/Z$/, '');
}
