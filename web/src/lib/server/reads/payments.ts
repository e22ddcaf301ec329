import type { Parameter } from '#analytics/table.ts';
import { channels, requestStatuses, type Channel, type RequestStatus } from '#ingest/records.ts';
import { application } from '../application.ts';
import type { Person } from '../auth/person.ts';
import { pageScope, type PageScope } from '../scope.ts';

/** Amount bands of the filter, in group currency; a band reaches from `from` up to, not including, `to`. */
export const amountBands = [
  { id: 'below-1k', from: 0, to: 1_000 },
  { id: '1k-10k', from: 1_000, to: 10_000 },
  { id: '10k-100k', from: 10_000, to: 100_000 },
  { id: 'from-100k', from: 100_000, to: null },
] as const;
export type AmountBand = (typeof amountBands)[number]['id'];

/** Columns a reader may order by, and the expression behind each: nothing else reaches the statement. */
const sortColumns = {
  requested: 'happened_at',
  vendor: 'lower(vendor_name)',
  amount: 'amount_base',
  status: 'status',
  channel: 'channel',
  scheduled: 'scheduled_on',
  executed: 'executed_at',
  risk: 'risk_score',
} as const;
export type PaymentSort = keyof typeof sortColumns;
export const paymentSorts = Object.keys(sortColumns) as PaymentSort[];

export const paymentPageSize = 50;

export interface PaymentFilter {
  readonly search: string;
  readonly status: RequestStatus | null;
  readonly channel: Channel | null;
  readonly band: AmountBand | null;
  readonly is_flagged: boolean;
  readonly vendor_key: string | null;
  readonly sort: PaymentSort;
  readonly is_descending: boolean;
  readonly page: number;
}

/** A payment request, or a payment that no request announced. */
export interface PaymentRow {
  readonly row_key: string;
  readonly row_id: string;
  readonly company_name: string | null;
  readonly vendor_name: string | null;
  readonly invoice_number: string | null;
  readonly happened_at: string | null;
  readonly scheduled_on: string | null;
  readonly executed_at: string | null;
  readonly status: string;
  readonly channel: string | null;
  readonly currency: string;
  readonly amount: string;
  readonly amount_base: string | null;
  readonly fee_base: string | null;
  /** Findings of kind risk about it. */
  readonly flag_count: number;
  readonly risk_score: number | null;
}

export const exportColumns = [
  'row_id',
  'company_name',
  'vendor_name',
  'invoice_number',
  'happened_at',
  'scheduled_on',
  'executed_at',
  'status',
  'channel',
  'currency',
  'amount',
  'amount_base',
  'fee_base',
  'flag_count',
] as const satisfies readonly (keyof PaymentRow)[];

export interface PaymentTotals {
  readonly row_count: number;
  /** Group currency; null when there is no row with a known amount. */
  readonly amount_base: string | null;
  readonly fee_base: string | null;
  /** Rows without an exchange rate, which no sum can contain. */
  readonly without_rate: number;
}

/** Reads the filter of a URL; what it does not know falls away. */
export function readPaymentFilter(parameters: URLSearchParams): PaymentFilter {
  const text = parameters.get('sort') ?? '-requested';
  const name = text.replace(/^-/, '');
  const vendor = parameters.get('vendor') ?? '';
  const page = Number(parameters.get('page') ?? '1');
  return {
    search: (parameters.get('q') ?? '').trim().slice(0, 100),
    status: requestStatuses.find((status) => status === parameters.get('status')) ?? null,
    channel: channels.find((channel) => channel === parameters.get('channel')) ?? null,
    band: amountBands.find((band) => band.id === parameters.get('band'))?.id ?? null,
    is_flagged: parameters.get('flagged') === '1',
    vendor_key: /^[0-9a-f-]{36}$/i.test(vendor) ? vendor : null,
    sort: paymentSorts.find((sort) => sort === name) ?? 'requested',
    is_descending: text.startsWith('-'),
    page: Number.isInteger(page) && page > 0 && page < 1_000_000 ? page : 1,
  };
}

/** One page of payments, and the totals of all that the filter lets through. */
export async function readPayments(
  person: Person,
  url: URL,
): Promise<{ rows: PaymentRow[]; totals: PaymentTotals; filter: PaymentFilter; scope: PageScope }> {
  const { warehouse } = application();
  const scope = await pageScope(person, url);
  const filter = readPaymentFilter(url.searchParams);
  const { where, values } = conditions(filter, scope);
  const [rows, [totals]] = await Promise.all([
    warehouse.rows(
      `${relation} select ${pageColumns} from payments where ${where} ${orderBy(filter)}
       limit ${paymentPageSize} offset $offset::bigint`,
      { ...values, offset: (filter.page - 1) * paymentPageSize },
    ),
    warehouse.rows(`${relation} select ${totalColumns} from payments where ${where}`, values),
  ]);
  return {
    rows: rows as unknown as PaymentRow[],
    totals: totals as unknown as PaymentTotals,
    filter,
    scope,
  };
}

/** What a filter lets through, as a statement for exports. */
export async function paymentExport(
  person: Person,
  url: URL,
): Promise<{
  sql: string;
  values: Record<string, Parameter>;
  filter: PaymentFilter;
  scope: PageScope;
}> {
  const scope = await pageScope(person, url);
  const filter = readPaymentFilter(url.searchParams);
  const { where, values } = conditions(filter, scope);
  const columns = exportColumns.join(', ');
  return {
    sql: `${relation} select ${columns} from payments where ${where} ${orderBy(filter)}`,
    values,
    filter,
    scope,
  };
}

const pageColumns = `row_key::varchar as row_key, ${exportColumns.join(', ')}, risk_score`;
const totalColumns = `count(*) as row_count, sum(amount_base)::decimal(18, 4) as amount_base,
  sum(fee_base)::decimal(18, 4) as fee_base,
  count(*) filter (where amount_base is null) as without_rate`;

/** Payment requests, and payments that no request announced (councils publish only these). */
const relation = `with flagged as (
  select coalesce(payment_request_key, subject_key) as row_key, count(*) as flag_count, max(score) as risk_score
  from finding where kind = 'risk' group by 1
),
request as (
  select payment_request_key as row_key, payment_request_id as row_id, company_key, vendor_key,
    vendor_name, invoice_number, requested_at as happened_at, scheduled_on, executed_at, status,
    channel, currency, amount, amount_base, fee_base
  from payment_flow
),
unannounced as (
  select fact.payment_key as row_key, payment.payment_id as row_id, fact.company_key, fact.vendor_key,
    vendor.name as vendor_name, coalesce(invoice.invoice_number, invoice.document_number) as invoice_number,
    fact.executed_at as happened_at, null::date as scheduled_on, fact.executed_at,
    coalesce(fact.status, 'paid') as status, fact.channel, fact.currency, fact.amount, fact.amount_base, fact.fee_base
  from payment_fact as fact
  join payment using (payment_key)
  left join vendor on vendor.vendor_key = fact.vendor_key
  left join invoice_flow as invoice on invoice.invoice_key = fact.invoice_key
  where fact.payment_request_key is null
),
payments as (
  select every.*, company.name as company_name, coalesce(flagged.flag_count, 0) as flag_count,
    flagged.risk_score
  from (select * from request union all select * from unannounced) as every
  left join company using (company_key)
  left join flagged using (row_key)
)`;

function conditions(
  filter: PaymentFilter,
  scope: PageScope,
): { where: string; values: Record<string, Parameter> } {
  const parts = [
    'happened_at >= $from::timestamp and happened_at < $to::timestamp',
    '($every_company or company_key::varchar in (select unnest($company_keys)))',
  ];
  const values: Record<string, Parameter> = {
    from: scope.from,
    to: scope.to,
    every_company: scope.company_keys === null,
    company_keys: scope.company_keys ?? [],
  };
  const narrow = (condition: string, name: string, value: Parameter | null): void => {
    if (value === null || value === '') return;
    parts.push(condition);
    values[name] = value;
  };
  narrow(
    `(contains(lower(coalesce(vendor_name, '')), lower($search))
      or contains(lower(coalesce(invoice_number, '')), lower($search))
      or contains(lower(row_id), lower($search)))`,
    'search',
    filter.search,
  );
  narrow('status = $status', 'status', filter.status);
  narrow('channel = $channel', 'channel', filter.channel);
  narrow('vendor_key = $vendor_key::uuid', 'vendor_key', filter.vendor_key);
  if (filter.is_flagged) parts.push('flag_count > 0');
  const band = amountBands.find(({ id }) => id === filter.band);
  if (band !== undefined) {
    narrow('abs(amount_base) >= $band_from::decimal(18, 4)', 'band_from', String(band.from));
    if (band.to !== null)
      narrow('abs(amount_base) < $band_to::decimal(18, 4)', 'band_to', String(band.to));
  }
  return { where: parts.join('\n and '), values };
}

function orderBy(filter: PaymentFilter): string {
  const direction = filter.is_descending ? 'desc' : 'asc';
  return `order by ${sortColumns[filter.sort]} ${direction} nulls last, row_key`;
}
