import type { Parameter, Queryable } from '#analytics/table.ts';
import { application } from '../application.ts';
import type { Person } from '../auth/person.ts';
import { messageText } from '../message-text.ts';
import { companyScope, inCompanies } from './company-scope.ts';
import { detectorName } from './case-page.ts';
import { channelText } from './reason-text.ts';

/** A suggestion: findings of one kind and pattern over the last twelve months, added up. */
export interface Suggestion {
  readonly id: string;
  readonly detector: string;
  readonly kind_text: string;
  readonly title: string;
  readonly reason: string;
  /** Group currency, twelve months up to the data's day; null when no amount is known. */
  readonly saving_base: string | null;
  readonly finding_count: number;
  readonly vendor_count: number;
  readonly without_rate: number;
  readonly share: number;
}

export interface SuggestionRow {
  readonly finding_key: string;
  readonly vendor_name: string | null;
  readonly company_name: string | null;
  readonly happened_at: string;
  readonly saving_base: string | null;
  readonly payment_request_key: string | null;
  readonly row_id: string | null;
}

export interface VendorShare {
  readonly vendor_key: string | null;
  readonly vendor_name: string | null;
  readonly saving_base: string | null;
  readonly finding_count: number;
}

export const suggestionPageSize = 25;

/** The pattern of a finding: its leading reason, and the channels it names. */
const pattern = `concat_ws('.', finding.detector, finding.reasons->0->>'id',
  finding.reasons->0->'values'->>'channel', finding.reasons->0->'values'->>'cheaper_channel')`;

const ofLastYear = `finding.found_as_of > $as_of::timestamp - interval 1 year
  and finding.found_as_of <= $as_of::timestamp and ${inCompanies('finding.company_key')}`;

function scoped(person: Person): Record<string, Parameter> {
  const asOf = application().asOf();
  return {
    as_of: asOf === '' ? '1970-01-01' : asOf.replace('T', ' ').replace('Z', ''),
    ...companyScope(person),
  };
}

/** Savings or delays of the last twelve months, the largest first. */
export async function readSuggestions(
  person: Person,
  kind: 'saving' | 'delay',
): Promise<Suggestion[]> {
  const rows = await application().warehouse.rows(
    `select ${pattern} as id, finding.detector, any_value(finding.reasons->0->>'id') as reason_id,
       any_value(finding.reasons->0->'values'->>'channel') as channel,
       any_value(finding.reasons->0->'values'->>'cheaper_channel') as cheaper_channel,
       sum(finding.amount_at_stake_base)::decimal(18, 4) as saving_base,
       count(*) as finding_count, count(distinct finding.vendor_key) as vendor_count,
       count(*) filter (where finding.amount_at_stake_base is null) as without_rate
     from finding where finding.kind = $kind and ${ofLastYear}
     group by id, finding.detector order by saving_base desc nulls last, id limit 50`,
    { ...scoped(person), kind },
  );
  const all = rows.reduce((sum, row) => sum + Number(row['saving_base'] ?? 0), 0);
  return rows.map((row) => {
    const detector = String(row['detector']);
    return {
      id: String(row['id']),
      detector,
      kind_text: messageText('strategy_kind_', detector, {}, detectorName(detector)),
      title: titleOf(row),
      reason: messageText('strategy_why_', String(row['reason_id']), {}, detectorName(detector)),
      saving_base: row['saving_base'] as string | null,
      finding_count: Number(row['finding_count']),
      vendor_count: Number(row['vendor_count']),
      without_rate: Number(row['without_rate']),
      share: all > 0 ? Number(row['saving_base'] ?? 0) / all : 0,
    };
  });
}

function titleOf(row: Readonly<Record<string, unknown>>): string {
  const { detector, channel, cheaper_channel, reason_id } = row;
  if (typeof channel === 'string' && typeof cheaper_channel === 'string') {
    return messageText('strategy_title_', 'channel', {
      cheaper: channelText(cheaper_channel),
      channel: channelText(channel),
    });
  }
  return messageText(
    'strategy_title_',
    String(reason_id),
    {},
    messageText('detector_', String(detector)),
  );
}

/** What a suggestion rests on: its rows, which add up to its saving exactly, and its vendors. */
export async function readSuggestionRows(
  person: Person,
  suggestion: Suggestion,
  page: number,
): Promise<{ rows: SuggestionRow[]; vendors: VendorShare[] }> {
  const { warehouse } = application();
  const values = { ...scoped(person), id: suggestion.id, detector: suggestion.detector };
  const [rows, vendors] = await Promise.all([
    rowsOf(warehouse, values, page),
    warehouse.rows(
      `select finding.vendor_key::varchar as vendor_key, any_value(vendor.name) as vendor_name,
         sum(finding.amount_at_stake_base)::decimal(18, 4) as saving_base, count(*) as finding_count
       from finding left join vendor using (vendor_key)
       where finding.detector = $detector and ${pattern} = $id
         and ${ofLastYear}
       group by finding.vendor_key order by saving_base desc nulls last, finding.vendor_key limit 8`,
      values,
    ),
  ]);
  return { rows, vendors: vendors as unknown as VendorShare[] };
}

async function rowsOf(
  warehouse: Queryable,
  values: Record<string, Parameter>,
  page: number,
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
     limit ${suggestionPageSize} offset $offset::bigint`,
    { ...values, offset: (page - 1) * suggestionPageSize },
  );
  return rows as unknown as SuggestionRow[];
}
