import type { KpiRelation } from './kpi.ts';

const paymentColumns = [
  'company_key',
  'vendor_key',
  'channel',
  'currency',
  'amount',
  'amount_base',
] as const;
const paymentDimensions = { company: 'company_key', vendor: 'vendor_key', channel: 'channel' };

/** Payments that left although something about them was wrong: returned, settled differently, or found so by a person. */
const erroneousPayments = `(
  select payment_key from payment_fact where status = 'returned'
  union
  select payment_key from payment_fact
  where payment_request_key in (select subject_key from finding where detector = 'settlement_differs')
  union
  select payment_key from payment_fact
  join (select distinct subject_key from decision where verdict in ('error', 'fraud')) judged
    on judged.subject_key = payment_request_key::VARCHAR or judged.subject_key = invoice_key::VARCHAR
)`;

/** Relations of what happened to payments on their way, by name; `company_key` is a column of each. */
export const paymentRelations: Readonly<Record<string, KpiRelation>> = {
  transfer: {
    sql: `(select *, 1 as attempts, (status <> 'cancelled')::TINYINT as transfers,
        (status = 'returned')::TINYINT as returned, (status in ('sent', 'settled'))::TINYINT as error_free
      from payment_fact where status is not null)`,
    key: 'payment_key',
    columns: [...paymentColumns, 'status', 'executed_on'],
    dimensions: paymentDimensions,
  },
  payment_error: {
    sql: `(select f.*, 1 as transfers, (e.payment_key is not null)::TINYINT as erroneous
      from payment_fact f left join ${erroneousPayments} e on e.payment_key = f.payment_key
      where f.status <> 'cancelled')`,
    key: 'payment_key',
    columns: [...paymentColumns, 'status', 'executed_on'],
    dimensions: paymentDimensions,
  },
  exchange: {
    sql: '(select * from kpi_payment where exchanged = 1)',
    key: 'payment_key',
    columns: [...paymentColumns, 'exchange_cost_base', 'executed_on'],
    dimensions: paymentDimensions,
  },
  payable: {
    sql: 'kpi_invoice',
    assessable: { sql: 'kpi_cycle_interval', clock: 'received_on' },
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
      'due_on',
      'paid_on',
    ],
    dimensions: { ...paymentDimensions, category: 'category', cost_center: 'cost_center' },
  },
  vendor_month: {
    sql: 'kpi_vendor_month',
    key: 'vendor_month_key',
    columns: ['company_key', 'vendor_key', 'paid_month_on', 'payments', 'amount_base', 'fee_base'],
    dimensions: { company: 'company_key', vendor: 'vendor_key' },
  },
  payment_run: {
    sql: 'kpi_run',
    key: 'run_key',
    columns: ['payment_run', 'company_key', 'executed_on', 'payments', 'amount_base'],
    dimensions: { company: 'company_key' },
  },
};

/** Summed relations beside them, by the name a `Measure.rollup` uses. */
export const paymentRollups: Readonly<Record<string, string>> = {
  payment_error_day: `(select executed_on, company_key, channel, transfers, 0 as erroneous from kpi_transfer_day
    union all
    select executed_on, company_key, channel, 0, 1
      from payment_fact join ${erroneousPayments} using (payment_key) where status <> 'cancelled')`,
  exchange_day: '(select * from kpi_payment_day where exchanged > 0)',
};
