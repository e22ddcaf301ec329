import type { FindingKind } from '../detectors/detector.ts';
import type { Parameter, Queryable } from '../table.ts';

/** Whose savings and up to when. */
export interface SuggestionScope {
  /** Companies the reader may see; null only for a reader of all, an empty list sees nothing. */
  readonly company_keys: readonly string[] | null;
  /** UTC ISO time that counts as now: the twelve months before it are looked at. */
  readonly asOf: string;
}

/**
 * What a better strategy would save, from what was missed: findings of one pattern added up.
 *
 * Units  saving_base in group currency, decimal text, the last twelve months as they were (no
 *        extrapolation); null when no amount has a rate
 */
export interface Suggestion {
  /** The pattern: detector, leading reason, and the channels it names. */
  readonly id: string;
  readonly detector: string;
  readonly reason_id: string;
  readonly channel: string | null;
  readonly cheaper_channel: string | null;
  readonly saving_base: string | null;
  readonly finding_count: number;
  readonly vendor_count: number;
  /** Findings without a rate to the group currency: not in the sum. */
  readonly without_rate: number;
}

/** What one vendor adds to a suggestion. */
export interface VendorShare {
  readonly vendor_key: string | null;
  readonly vendor_name: string | null;
  readonly saving_base: string | null;
  readonly finding_count: number;
}

/** One finding behind a suggestion, with the document or request it is about. */
export interface SuggestionRow {
  readonly finding_key: string;
  readonly vendor_name: string | null;
  readonly company_name: string | null;
  readonly happened_at: string;
  readonly saving_base: string | null;
  readonly payment_request_key: string | null;
  readonly row_id: string | null;
}

const pattern = `concat_ws('.', finding.detector, finding.reasons->0->>'id',
  finding.reasons->0->'values'->>'channel', finding.reasons->0->'values'->>'cheaper_channel')`;

const ofLastYear = `finding.found_as_of > $as_of::timestamp - interval 1 year
  and finding.found_as_of <= $as_of::timestamp
  and ($every_company or finding.company_key::varchar in (select unnest($company_keys)))`;

function scoped(scope: SuggestionScope): Record<string, Parameter> {
  return {
    as_of: scope.asOf === '' ? '1970-01-01' : scope.asOf.replace('T', ' ').replace(/Z$/, ''),
    every_company: scope.company_keys === null,
    company_keys: scope.company_keys ?? [],
  };
}

/**
 * Suggestions of a year, the largest saving first, unknown savings last.
 *
 * Definition  sum and number of the findings of one kind found in the twelve months up to asOf, by pattern
 * Shape       at most 50 rows
 */
export async function suggestions(
  warehouse: Queryable,
  kind: Exclude<FindingKind, 'risk'>,
  scope: SuggestionScope,
): Promise<Suggestion[]> {
  const rows = await warehouse.rows(
    `select ${pattern} as id, finding.detector, any_value(finding.reasons->0->>'id') as reason_id,
       any_value(finding.reasons->0->'values'->>'channel') as channel,
       any_value(finding.reasons->0->'values'->>'cheaper_channel') as cheaper_channel,
       sum(finding.amount_at_stake_base)::decimal(18, 4) as saving_base,
       count(*) as finding_count, count(distinct finding.vendor_key) as vendor_count,
       count(*) filter (where finding.amount_at_stake_base is null) as without_rate
     from finding where finding.kind = $kind and ${ofLastYear}
     group by id, finding.detector order by saving_base desc nulls last, id limit 50`,
    { ...scoped(scope), kind },
  );
  return rows.map((row) => ({
    ...(row as unknown as Suggestion),
    finding_count: Number(row['finding_count']),
    vendor_count: Number(row['vendor_count']),
    without_rate: Number(row['without_rate']),
  }));
}

/** The vendors that add most to a suggestion, at most eight, largest first. */
export async function suggestionVendors(
  warehouse: Queryable,
  of: Pick<Suggestion, 'id' | 'detector'>,
  scope: SuggestionScope,
): Promise<VendorShare[]> {
  const rows = await warehouse.rows(
    `select finding.vendor_key::varchar as vendor_key, any_value(vendor.name) as vendor_name,
       sum(finding.amount_at_stake_base)::decimal(18, 4) as saving_base, count(*) as finding_count
     from finding left join vendor using (vendor_key)
     where finding.detector = $detector and ${pattern} = $id
       and ${ofLastYear}
     group by finding.vendor_key order by saving_base desc nulls last, finding.vendor_key limit 8`,
    { ...scoped(scope), id: of.id, detector: of.detector },
  );
  return rows as unknown as VendorShare[];
}

/** The findings of a suggestion, largest first: over all pages they add up to its saving exactly. */
export async function suggestionRows(
  warehouse: Queryable,
  of: Pick<Suggestion, 'id' | 'detector'>,
  scope: SuggestionScope,
  page: { readonly limit: number; readonly offset: number },
): Promise<SuggestionRow[]> {
  const rows = await warehouse.rows(
    `select finding.finding_key::varchar as finding_key, vendor.name as vendor_name,
       company.name as company_name, finding.found_as_of as happened_at,
       finding.amount_at_stake_base as saving_base,
       coalesce(finding.payment_request_key, invoice.payment_request_key)::varchar as payment_request_key,
       coalesce(invoice.invoice_number, request.payment_request_id) as row_id
     from finding
     left join vendor on vendor.vendor_key = finding.vendor_key
     left join company on company.company_key = finding.company_key
     left join payment_flow as request on request.payment_request_key = finding.payment_request_key
     left join invoice_flow as invoice
       on invoice.invoice_key = if(finding.subject = 'invoice', finding.subject_key, request.invoice_key)
     where finding.detector = $detector and ${pattern} = $id and ${ofLastYear}
     order by finding.amount_at_stake_base desc nulls last, finding.finding_key
     limit $row_limit::bigint offset $row_offset::bigint`,
    {
      ...scoped(scope),
      id: of.id,
      detector: of.detector,
      row_limit: page.limit,
      row_offset: page.offset,
    },
  );
  return rows as unknown as SuggestionRow[];
}
