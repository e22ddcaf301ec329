import type { KpiRelation } from './kpi.ts';

/** Relations of statements and of what was loaded, by name. Those marked shared belong to no entity. */
export const bankRelations: Readonly<Record<string, KpiRelation>> = {
  bank_line: {
    sql: `(select *, 1 as lines, (payment_key is not null)::TINYINT as matched,
        case when payment_key is not null then booked_on end as matched_on
      from bank_match)`,
    assessable: { sql: 'kpi_bank_day', clock: 'booked_on' },
    key: 'bank_line_key',
    columns: ['company_key', 'booked_on', 'currency', 'amount', 'amount_base', 'rule'],
    dimensions: { company: 'company_key' },
  },
  balance: {
    sql: `(select *, 1 as balances, (amount < 0)::TINYINT as overdrawn from bank_balance where kind = 'closing')`,
    key: 'bank_balance_key',
    columns: ['company_key', 'statement', 'balance_on', 'currency', 'amount'],
    dimensions: { company: 'company_key' },
  },
  load: {
    sql: `(select batch.extracted_at::DATE as extracted_on, load_count.*, loaded + load_count.rejected as judged,
        null::UUID as company_key, batch.batch_id || chr(31) || stream as load_key
      from load_count join batch on batch.batch_id = load_count.batch_id)`,
    shared: true,
    key: 'load_key',
    columns: ['source', 'stream', 'extracted_on', 'physical', 'loaded', 'rejected', 'ignored'],
    dimensions: { source: 'source' },
  },
  control_total: {
    sql: `(select batch.extracted_at::DATE as extracted_on, batch.source, control_total.name as control_total,
        expected, actual, 1 as totals, null::UUID as company_key,
        batch.batch_id || chr(31) || control_total.name as total_key,
        abs(try_cast(expected as DECIMAL(38,4)) - try_cast(actual as DECIMAL(38,4))) as difference,
        abs(try_cast(expected as DECIMAL(38,4))) as expected_total
      from control_total join batch on batch.batch_id = control_total.batch_id
      where try_cast(expected as DECIMAL(38,4)) is not null and try_cast(actual as DECIMAL(38,4)) is not null)`,
    shared: true,
    key: 'total_key',
    columns: ['source', 'control_total', 'extracted_on', 'expected', 'actual'],
    dimensions: { source: 'source' },
  },
};
