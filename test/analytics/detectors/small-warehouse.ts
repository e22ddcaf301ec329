/**
 * A DuckDB in memory with empty marts, for tests that need a handful of readable rows.
 * The shapes are compared with those of the real warehouse in mart-shapes.test.ts.
 */
import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Detector, Reason } from '#analytics/detectors/detector.ts';
import { defaultParameters } from '#analytics/detectors/detectors.ts';
import { bind } from '#analytics/result/bind.ts';
import type { Statement } from '#analytics/table.ts';
import { recordNames, createTableSql } from '#ingest/records.ts';
import { readFileSync } from 'node:fs';

type Cell = string | number | boolean | null | readonly string[];
export type CellsByColumn = Readonly<Record<string, Cell>>;

export const martShapes = {
  invoice_flow: `invoice_key UUID, invoice_id VARCHAR, source VARCHAR, company_key UUID, vendor_key UUID,
    purchase_order_key UUID, document_type VARCHAR, invoice_number VARCHAR, invoice_number_normal VARCHAR,
    document_number VARCHAR, currency VARCHAR, amount_gross DECIMAL(18,4), amount_base DECIMAL(18,4),
    category VARCHAR, cost_center VARCHAR, invoiced_on DATE, received_at TIMESTAMP, entered_at TIMESTAMP,
    entered_by_key UUID, posted_on DATE, due_on DATE, discount_rate DECIMAL(18,9), discount_on DATE,
    discount_amount DECIMAL(18,4), discount_amount_base DECIMAL(18,4), reversal_of_key UUID, is_reversed BOOLEAN,
    payment_request_key UUID, requested_at TIMESTAMP, first_submitted_at TIMESTAMP, approved_at TIMESTAMP,
    approval_steps BIGINT, rejections BIGINT, human_touches BIGINT, rework_steps BIGINT, has_exception BOOLEAN,
    paid_at TIMESTAMP, paid_on DATE, paid_amount DECIMAL(18,4), paid_amount_base DECIMAL(18,4), payments BIGINT,
    discount_taken_base DECIMAL(18,4), channel VARCHAR, payment_run VARCHAR, fee_base DECIMAL(18,4),
    time_precision VARCHAR`,
  payment_flow: `payment_request_key UUID, payment_request_id VARCHAR, source VARCHAR, company_key UUID,
    vendor_key UUID, invoice_key UUID, requested_by_key UUID, requested_at TIMESTAMP, scheduled_on DATE,
    channel VARCHAR, account_token VARCHAR, currency VARCHAR, amount DECIMAL(18,4), amount_base DECIMAL(18,4),
    urgent BOOLEAN, status VARCHAR, status_at TIMESTAMP, status_version BIGINT, vendor_name VARCHAR,
    vendor_created_at TIMESTAMP, invoice_number VARCHAR, invoiced_on DATE, received_at TIMESTAMP,
    entered_by_key UUID, category VARCHAR, cost_center VARCHAR, description VARCHAR, due_on DATE,
    first_approved_at TIMESTAMP, last_approved_at TIMESTAMP, approver_keys UUID[], last_approver_key UUID,
    last_approver_limit DECIMAL(18,4), limit_currency VARCHAR, approval_steps BIGINT,
    account_known_since TIMESTAMP, account_changed_by_key UUID, account_requested_through VARCHAR,
    account_verified_at TIMESTAMP, previous_account_token VARCHAR, previous_account_since TIMESTAMP,
    payments_to_account_before BIGINT, payments_to_vendor_before BIGINT, last_payment_to_vendor_at TIMESTAMP,
    executed_at TIMESTAMP, executed_amount DECIMAL(18,4), executed_currency VARCHAR, executed_channel VARCHAR,
    executed_by_key UUID, fee_amount DECIMAL(18,4), fee_currency VARCHAR, fee_base DECIMAL(18,4),
    settled_amount DECIMAL(18,4), settled_currency VARCHAR, payment_run VARCHAR, time_precision VARCHAR`,
  approval_step: `event_key UUID, trace_key UUID, source VARCHAR, process VARCHAR, trace_id VARCHAR,
    payment_request_key UUID, invoice_key UUID, company_key UUID, position BIGINT, activity VARCHAR,
    action VARCHAR, role VARCHAR, actor_key UUID, on_behalf_of_key UUID, occurred_at TIMESTAMP,
    assigned_at TIMESTAMP, previous_activity VARCHAR, previous_action VARCHAR, previous_at TIMESTAMP,
    wait_seconds DOUBLE, is_repeat BOOLEAN, amount DECIMAL(18,4), currency VARCHAR, amount_base DECIMAL(18,4),
    time_precision VARCHAR, source_row BIGINT`,
  vendor_account: `vendor_key UUID, account_token VARCHAR, valid_from TIMESTAMP, valid_to TIMESTAMP,
    change_key UUID, changed_by_key UUID, requested_through VARCHAR, verified_at TIMESTAMP,
    account_country VARCHAR, account_last4 VARCHAR, bank_name VARCHAR, position BIGINT`,
  payment_fact: `payment_key UUID, company_key UUID, vendor_key UUID, invoice_key UUID,
    payment_request_key UUID, channel VARCHAR, payment_run VARCHAR, currency VARCHAR, amount DECIMAL(18,4),
    amount_base DECIMAL(18,4), fee_base DECIMAL(18,4), discount_taken_base DECIMAL(18,4), executed_at TIMESTAMP,
    executed_on DATE, due_on DATE, is_late BOOLEAN, in_run BOOLEAN, bank_line_key UUID, settlement_key UUID,
    settled_amount DECIMAL(18,4), settled_currency VARCHAR, is_reconciled BOOLEAN, status VARCHAR`,
  bank_match: `bank_line_key UUID, payment_key UUID, rule VARCHAR, currency VARCHAR, amount DECIMAL(18,4),
    amount_base DECIMAL(18,4), booked_on DATE, company_key UUID`,
  fx_day: `rate_on DATE, currency VARCHAR, rate DECIMAL(19,9)`,
} as const;

/** Models that detectors read beside the marts, inputs before those that read them. */
export const detectorModels = [
  'standing_invoice',
  'duplicate_candidate',
  'vendor_name_block',
  'payment_movement',
  'vendor_digit',
] as const;

/** The key of a short readable name: tests write `key('Acme')` where the warehouse has a UUID. */
export function key(name: string): string {
  const hex = Buffer.from(name.padEnd(16, '_').slice(0, 16)).toString('hex');
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
}

export interface FoundRow {
  readonly subject_key: string;
  readonly score: number;
  readonly amount_at_stake: string;
  readonly reasons: readonly Reason[];
  readonly [column: string]: unknown;
}

export class SmallWarehouse {
  readonly connection: DuckDBConnection;

  constructor(connection: DuckDBConnection) {
    this.connection = connection;
  }

  static async open(): Promise<SmallWarehouse> {
    const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
    const warehouse = new SmallWarehouse(await instance.connect());
    for (const record of recordNames) await warehouse.connection.run(createTableSql(record));
    for (const [table, columns] of Object.entries(martShapes)) {
      await warehouse.connection.run(`create table ${table} (${columns})`);
    }
    await warehouse.deriveAll();
    return warehouse;
  }

  /** Inserts rows; columns not named are null. */
  async insert(table: string, rows: readonly CellsByColumn[]): Promise<void> {
    for (const row of rows) {
      const columns = Object.keys(row);
      const cells = Object.values(row).map(literal);
      await this.connection.run(
        `insert into ${table} (${columns.join(', ')}) values (${cells.join(', ')})`,
      );
    }
  }

  /** Derives every model of the rows inserted so far. */
  async deriveAll(): Promise<void> {
    for (const model of detectorModels) await this.derive(model);
  }

  /** Derives one of the models from the rows inserted so far. */
  async derive(model: string): Promise<void> {
    const sql = readFileSync(
      new URL(`../../../analytics/models/${model}.sql`, import.meta.url),
      'utf8',
    );
    await this.connection.run(`create or replace table ${model} as ${sql}`);
  }

  async find(
    detector: Detector,
    changed: Readonly<Record<string, number>> = {},
  ): Promise<FoundRow[]> {
    const statement = detector.find(
      { ...defaultParameters(detector), ...changed },
      '2026-11-01T00:00:00Z',
    );
    const { sql, values } = statement;
    const reader = await this.read({
      sql: `${sql} order by subject_key`,
      ...(values && { values }),
    });
    return reader.getRowObjectsJson().map((row) => ({
      ...row,
      score: Number(row['score']),
      reasons: JSON.parse(String(row['reasons'])),
    })) as FoundRow[];
  }

  async read({ sql, values = {} }: Statement) {
    const prepared = await this.connection.prepare(sql);
    bind(prepared, values);
    return prepared.runAndReadAll();
  }

  close(): void {
    this.connection.closeSync();
  }
}

function literal(cell: Cell): string {
  if (cell === null) return 'null';
  if (typeof cell === 'string') return `'${cell.replaceAll("'", "''")}'`;
  if (typeof cell === 'object') return `[${cell.map(literal).join(', ')}]`;
  return String(cell);
}
