import type { Queryable } from '#analytics/table.ts';
import type { Person } from '../auth/person.ts';
import { companyScope, inCompanies } from './company-scope.ts';

/** A payment to a vendor, as a bar of the strip. */
export interface StripPayment {
  readonly paid_on: string;
  readonly amount_base: number;
  /** An account change lies between this payment and the one before. */
  readonly after_change: boolean;
}

/** What was paid to a vendor before, and what is usual. */
export interface VendorHistory {
  readonly payments: readonly StripPayment[];
  readonly payment_count: number;
  readonly first_on: string | null;
  /** P5 and P95 of earlier payments, group currency; null below five payments. */
  readonly usual_low: number | null;
  readonly usual_high: number | null;
  readonly median_gap_days: number | null;
}

const stripLimit = 60;
const usualFrom = 5;

/** Payments to a vendor within the person's entities, before a moment. */
export async function readVendorHistory(
  warehouse: Queryable,
  person: Person,
  vendorKey: string | null,
  before: string,
): Promise<VendorHistory | null> {
  if (vendorKey === null) return null;
  const values = {
    vendor_key: vendorKey,
    before: before.replace('Z', ''),
    ...companyScope(person),
  };
  const [summary, payments] = await Promise.all([
    warehouse.rows(
      `${paid}
      select count(*) as payment_count, min(executed_on) as first_on,
        quantile_cont(amount, 0.05) as usual_low, quantile_cont(amount, 0.95) as usual_high,
        median(gap_days) as median_gap_days from paid`,
      values,
    ),
    warehouse.rows(
      `${paid}
      select * from (
        select executed_on as paid_on, amount as amount_base, account_token is distinct from previous_token
            and previous_token is not null as after_change, executed_at, payment_key
        from paid order by executed_at desc, payment_key limit ${stripLimit}
      ) order by executed_at, payment_key`,
      values,
    ),
  ]);
  const row = summary[0] ?? {};
  const count = Number(row['payment_count'] ?? 0);
  const isUsual = count >= usualFrom;
  return {
    payments: payments.map((payment) => ({
      paid_on: String(payment['paid_on']),
      amount_base: Number(payment['amount_base']),
      after_change: payment['after_change'] === true,
    })),
    payment_count: count,
    first_on: row['first_on'] == null ? null : String(row['first_on']),
    usual_low: isUsual ? Number(row['usual_low']) : null,
    usual_high: isUsual ? Number(row['usual_high']) : null,
    median_gap_days: count > 1 ? Number(row['median_gap_days']) : null,
  };
}

/** Heights of bars only: exact amounts are in the rows behind them. */
const paid = `with paid as (
  select fact.payment_key, fact.executed_on, fact.executed_at, fact.amount_base::double as amount,
    source.account_token,
    lag(source.account_token) over history as previous_token,
    date_diff('day', lag(fact.executed_on) over history, fact.executed_on) as gap_days
  from payment_fact as fact join payment as source using (payment_key)
  where fact.vendor_key = $vendor_key::uuid and fact.executed_at < $before::timestamp
    and fact.amount_base is not null and ${inCompanies('fact.company_key')}
  window history as (order by fact.executed_at, fact.payment_key)
)`;
