/**
 * What is known of vendors, accounts and amounts, in memory, so that one payment can be asked about
 * without a query.
 *
 * Shape   Columns of all vendors one after another; those of the vendor at `place` are the rows from
 *         `starts[place]` up to `starts[place + 1]`, in order of time and key.
 * Units   Times are epoch milliseconds, amounts ten-thousandths of the currency's unit (exact up to
 *         2^53, which is `largestAmount`), keys and texts numbers of 52 bits (`keyCode`, `textCode`);
 *         NaN is unknown.
 */
export interface Profiles {
  readonly generation: number;
  readonly as_of: string;
  readonly group_currency: string;
  /** Source of most payment requests: of a request that names none. */
  readonly source: string;
  /** Earlier requests and invoices are not in memory; null when all are. */
  readonly history_from: string | null;
  readonly company_keys: ReadonlySet<string>;
  readonly vendors: ReadonlyMap<string, VendorProfile>;
  readonly requests: RequestColumns;
  readonly invoices: InvoiceColumns;
  readonly payments: PaymentColumns;
  readonly account_changes: ReadonlyMap<string, readonly AccountChange[]>;
  readonly orders: ReadonlyMap<number, PlacedOrder>;
  readonly employees: ReadonlyMap<string, Employee>;
  readonly employees_by_account: ReadonlyMap<number, readonly Employee[]>;
  /** Approval limits of a company (key) in a currency, smallest first; see `limitsKey`. */
  readonly limits: ReadonlyMap<string, readonly number[]>;
  readonly rates: ReadonlyMap<string, Rates>;
  /** By vendor: what detector lookalike_vendor says of it, were its first payment asked for now. */
  readonly lookalikes: ReadonlyMap<string, PreparedFinding>;
  /** Rules by users that are live, which no single payment can be asked about, by detector id; and their versions. */
  readonly rule_versions: Readonly<Record<string, number>>;
  /** Detectors that rest. */
  readonly paused: ReadonlySet<string>;
  /** Hash of the questions and their parameters: the same for the same definitions. */
  readonly model_version: string;
  readonly detector_versions: Readonly<Record<string, string>>;
}

export interface VendorProfile {
  readonly vendor_key: string;
  readonly place: number;
  readonly name: string | null;
  readonly created_at: number;
  /** An account of many payees, of whom the vendor says nothing. */
  readonly is_collective: boolean;
}

interface ByVendor {
  readonly starts: Uint32Array;
}
export const requestColumns = [
  'request',
  'requested_at',
  'amount',
  'currency',
  'company',
  'requester',
  'account',
  'placed_order',
  'urgent',
] as const;
export type RequestColumns = ByVendor &
  Readonly<Record<(typeof requestColumns)[number], Float64Array>>;

export const invoiceColumns = [
  'invoice',
  'known_at',
  'amount',
  'log_base',
  'currency',
  'company',
  'category',
  'number',
  'compared_on',
  'invoiced_on',
  'taken_back_at',
  'paid_at',
  'requested_at',
  'paid_on',
] as const;
export type InvoiceColumns = ByVendor &
  Readonly<Record<(typeof invoiceColumns)[number], Float64Array>>;

export const paymentColumns = ['executed_at', 'account'] as const;
export type PaymentColumns = ByVendor &
  Readonly<Record<(typeof paymentColumns)[number], Float64Array>>;

export interface AccountChange {
  readonly account: number;
  readonly previous_account: number;
  readonly changed_at: number;
  readonly changed_by_key: string | null;
  readonly requested_through: string | null;
  readonly verified_at: number;
}

export interface PlacedOrder {
  readonly vendor: number;
  readonly currency: number;
  readonly amount: number;
  readonly created_at: number;
  readonly created_by: number;
}

export interface Employee {
  readonly employee_key: string;
  readonly name: string;
  readonly is_service_account: boolean;
}

/** Rates to the group currency, one per day from `first_on`; after the last day the last one holds. */
export interface Rates {
  readonly first_on: number;
  readonly rates: Float64Array;
}

export interface PreparedFinding {
  readonly score: number;
  readonly reasons: string;
}
