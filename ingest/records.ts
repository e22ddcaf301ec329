/**
 * The canonical records: every row the product knows, in the product's own terms.
 *
 * DDL, row checks, TypeScript row types and the data dictionary page derive from this file;
 * nothing about a column is said a second time elsewhere.
 *
 * Every record `r` also has, without being listed:
 *   r_key         UUID       stable key: md5(source, record, r_id), see `recordKeySql`
 *   r_id          VARCHAR    the natural key as its source writes it
 *   source        VARCHAR    the configured source the row came from ('erp', 'bank', …)
 *   batch_id      VARCHAR    the landed batch of the version kept
 *   source_row    BIGINT     physical record number in that batch's file, 1-based
 *   extracted_at  TIMESTAMP  when the source said so (UTC); the later version of a key wins
 */

/**
 * Column types.
 *
 * `money` is DECIMAL(18,4) and always has a currency beside it; `timestamp` is UTC without zone;
 * `reference` holds the key of another record: staging SQL gives the natural id under the
 * column's name with `_key` replaced by `_id`, the warehouse turns it into the key.
 */
export type ColumnType =
  | 'text'
  | 'money'
  | 'rate'
  | 'integer'
  | 'boolean'
  | 'date'
  | 'timestamp'
  | 'currency'
  | 'reference';

/** How much a column says about a person: `secret` is never shown, `pseudonym` only with need. */
export type PiiClass = 'none' | 'pseudonym' | 'secret';

/** One column of a record. `meaning` is the data dictionary's text (English, one sentence). */
export interface Column {
  readonly type: ColumnType;
  readonly meaning: string;
  readonly required?: true;
  readonly unit?: string;
  readonly pii?: PiiClass;
  /** Allowed values of a text column; anything else is rejected with a reason. */
  readonly oneOf?: readonly string[];
  /** For `reference`: the record pointed at. */
  readonly to?: string;
}

/** A record: its grain in words and its columns in reading order. */
export interface RecordDefinition {
  readonly grain: string;
  readonly columns: Readonly<Record<string, Column>>;
}

/** Payment channels, cheapest and slowest first; used by payments, requests and the fee KPIs. */
export const channels = [
  'sepa_credit_transfer',
  'sepa_instant',
  'ach',
  'same_day_ach',
  'wire',
  'check',
  'cn_domestic',
  'cn_urgent',
  'card',
  'payment_platform',
  'cash',
  'other',
] as const;
export type Channel = (typeof channels)[number];

/** What an approval event did to its object, whatever the source calls it. */
export const approvalActions = [
  'created',
  'submitted',
  'assigned',
  'approved',
  'final_approved',
  'rejected',
  'returned',
  'delegated',
  'auto_approved',
  'changed',
  'blocked',
  'released',
  'requested_payment',
  'paid',
  'settled',
  'cancelled',
  'other',
] as const;
export type ApprovalAction = (typeof approvalActions)[number];

/** States of a payment request in the ERP's approval queue. */
export const requestStatuses = [
  'draft',
  'in_approval',
  'approved',
  'held',
  'referred',
  'rejected',
  'released',
  'paid',
  'cancelled',
] as const;
export type RequestStatus = (typeof requestStatuses)[number];

const timePrecisions = ['date', 'minute', 'second', 'millisecond'] as const;

const timePrecision: Column = {
  type: 'text',
  oneOf: timePrecisions,
  meaning:
    'Precision of the time stamps of this row; a date-only stamp never yields hours. Second when empty.',
};

export const records = {
  company: {
    grain: 'One row per legal entity.',
    columns: {
      name: { type: 'text', required: true, meaning: 'Registered name.' },
      base_currency: { type: 'currency', required: true, meaning: 'Currency of the books.' },
      country: { type: 'text', meaning: 'ISO 3166-1 alpha-2 code.' },
      time_zone: { type: 'text', meaning: 'IANA zone of its working day and payment runs.' },
    },
  },
  employee: {
    grain: 'One row per ERP user, person or service account.',
    columns: {
      name: { type: 'text', required: true, pii: 'pseudonym', meaning: 'Name of the person.' },
      role: { type: 'text', meaning: 'Role in the approval flow.' },
      department: { type: 'text', meaning: 'Department or cost-centre group.' },
      company_key: { type: 'reference', to: 'company', meaning: 'Employing entity.' },
      manager_key: { type: 'reference', to: 'employee', meaning: 'Superior in the org chart.' },
      approval_limit: {
        type: 'money',
        meaning: 'Largest amount this person may approve alone; empty means not assessable.',
      },
      limit_currency: { type: 'currency', meaning: 'Currency of the limit.' },
      active: { type: 'boolean', meaning: 'False once the person has left.' },
      is_service_account: { type: 'boolean', meaning: 'True for batch and interface users.' },
      account_token: {
        type: 'text',
        pii: 'secret',
        meaning: 'Token of the salary account, to compare with vendor accounts.',
      },
      address: { type: 'text', pii: 'secret', meaning: 'Home address as the HR file writes it.' },
    },
  },
  delegation: {
    grain: 'One row per period in which one person decides for another.',
    columns: {
      from_employee_key: {
        type: 'reference',
        to: 'employee',
        required: true,
        meaning: 'Who is represented.',
      },
      to_employee_key: {
        type: 'reference',
        to: 'employee',
        required: true,
        meaning: 'Who decides instead.',
      },
      valid_from_on: { type: 'date', required: true, meaning: 'First day.' },
      valid_to_on: { type: 'date', meaning: 'Last day; open when empty.' },
    },
  },
  vendor: {
    grain: 'One row per supplier in the vendor master.',
    columns: {
      name: { type: 'text', required: true, meaning: 'Name as written in the master.' },
      country: { type: 'text', meaning: 'ISO 3166-1 alpha-2 code.' },
      tax_id: { type: 'text', pii: 'pseudonym', meaning: 'Tax or VAT number.' },
      address: { type: 'text', pii: 'pseudonym', meaning: 'Postal address in one line.' },
      email_domain: { type: 'text', meaning: 'Domain of the address invoices come from.' },
      category: { type: 'text', meaning: 'What is bought from it.' },
      payment_terms: { type: 'text', meaning: 'Agreed terms, e.g. 2/10 n30.' },
      channel: { type: 'text', oneOf: channels, meaning: 'Agreed payment channel.' },
      one_time: {
        type: 'boolean',
        meaning: 'True for collective one-time accounts and vendors used once.',
      },
      blocked: { type: 'boolean', meaning: 'True when payments are blocked in the master.' },
      created_at: { type: 'timestamp', meaning: 'When the master row was made.' },
      created_by_key: { type: 'reference', to: 'employee', meaning: 'Who made it.' },
    },
  },
  bank_account_change: {
    grain: 'One row per bank account written to a vendor: its first account and each later change.',
    columns: {
      vendor_key: { type: 'reference', to: 'vendor', required: true, meaning: 'Whose account.' },
      account_token: {
        type: 'text',
        required: true,
        pii: 'secret',
        meaning: 'Token of the new account.',
      },
      account_last4: {
        type: 'text',
        pii: 'pseudonym',
        meaning: 'Last four characters, for people.',
      },
      account_country: { type: 'text', meaning: 'Country of the bank.' },
      bank_name: { type: 'text', meaning: 'Name of the bank.' },
      holder_name: { type: 'text', pii: 'pseudonym', meaning: 'Account holder as given.' },
      changed_at: { type: 'timestamp', required: true, meaning: 'When the change was saved.' },
      changed_by_key: { type: 'reference', to: 'employee', meaning: 'Who saved it.' },
      requested_through: {
        type: 'text',
        oneOf: ['initial', 'portal', 'email', 'phone', 'letter', 'migration'],
        meaning: 'How the vendor asked for it.',
      },
      verified_at: {
        type: 'timestamp',
        meaning: 'When it was confirmed through a known contact; empty when not.',
      },
      verified_by_key: { type: 'reference', to: 'employee', meaning: 'Who confirmed it.' },
    },
  },
  purchase_order: {
    grain: 'One row per purchase order.',
    columns: {
      company_key: {
        type: 'reference',
        to: 'company',
        required: true,
        meaning: 'Ordering entity.',
      },
      vendor_key: { type: 'reference', to: 'vendor', required: true, meaning: 'Ordered from.' },
      created_at: { type: 'timestamp', meaning: 'When it was made.' },
      created_by_key: { type: 'reference', to: 'employee', meaning: 'Who made it.' },
      currency: { type: 'currency', meaning: 'Currency of the amount.' },
      amount: { type: 'money', meaning: 'Ordered amount.' },
      category: { type: 'text', meaning: 'What is ordered.' },
      status: { type: 'text', meaning: 'State as the source writes it.' },
    },
  },
  invoice: {
    grain: 'One row per invoice or credit note received from a vendor.',
    columns: {
      company_key: {
        type: 'reference',
        to: 'company',
        required: true,
        meaning: 'Entity that owes.',
      },
      vendor_key: {
        type: 'reference',
        to: 'vendor',
        required: true,
        meaning: 'Entity that is owed.',
      },
      purchase_order_key: { type: 'reference', to: 'purchase_order', meaning: 'Order it bills.' },
      document_type: {
        type: 'text',
        oneOf: ['invoice', 'credit', 'prepayment', 'expense'],
        meaning: 'Credit notes have negative amounts.',
      },
      invoice_number: { type: 'text', meaning: "The vendor's own number." },
      document_number: { type: 'text', meaning: 'The number our books gave it.' },
      invoiced_on: { type: 'date', meaning: 'Date printed on the invoice.' },
      received_at: {
        type: 'timestamp',
        meaning: 'When it reached us: the clock of the cycle time.',
      },
      entered_at: { type: 'timestamp', meaning: 'When it was entered in the ERP.' },
      entered_by_key: { type: 'reference', to: 'employee', meaning: 'Who entered it.' },
      posted_on: { type: 'date', meaning: 'Date of posting.' },
      due_on: { type: 'date', meaning: 'Last day to pay without being late.' },
      currency: { type: 'currency', required: true, meaning: 'Currency of the amounts.' },
      amount_gross: {
        type: 'money',
        required: true,
        meaning: 'Amount owed with tax; positive is owed to the vendor.',
      },
      amount_tax: { type: 'money', meaning: 'Tax within the gross amount.' },
      discount_rate: {
        type: 'rate',
        unit: 'fraction',
        meaning: 'Early-payment discount offered, 0.02 is 2 %.',
      },
      discount_on: { type: 'date', meaning: 'Last day for the discount.' },
      category: { type: 'text', meaning: 'Item or expense category.' },
      cost_center: { type: 'text', meaning: 'Cost centre charged.' },
      description: { type: 'text', meaning: 'Free text.' },
      status: { type: 'text', meaning: 'State as the source writes it.' },
      payment_block: { type: 'text', meaning: 'Block code; empty when free.' },
      reversal_of_key: {
        type: 'reference',
        to: 'invoice',
        meaning: 'Invoice this document reverses.',
      },
      time_precision: timePrecision,
    },
  },
  payment_request: {
    grain: "One row per request to pay in the ERP's approval queue.",
    columns: {
      company_key: { type: 'reference', to: 'company', required: true, meaning: 'Paying entity.' },
      vendor_key: { type: 'reference', to: 'vendor', meaning: 'Who is to be paid.' },
      invoice_key: { type: 'reference', to: 'invoice', meaning: 'Invoice to be paid.' },
      requested_by_key: { type: 'reference', to: 'employee', meaning: 'Who asked.' },
      requested_at: {
        type: 'timestamp',
        required: true,
        meaning: 'When: the moment every detector looks from.',
      },
      scheduled_on: { type: 'date', meaning: 'Payment run it is planned for.' },
      channel: { type: 'text', oneOf: channels, meaning: 'Channel it would leave by.' },
      account_token: {
        type: 'text',
        pii: 'secret',
        meaning: 'Token of the account it would go to.',
      },
      currency: { type: 'currency', required: true, meaning: 'Currency of the amount.' },
      amount: { type: 'money', required: true, meaning: 'Requested amount.' },
      urgent: { type: 'boolean', meaning: 'Asked to leave outside the payment run.' },
      status: {
        type: 'text',
        required: true,
        oneOf: requestStatuses,
        meaning: 'State in the queue.',
      },
      status_at: { type: 'timestamp', meaning: 'When it took that state.' },
      status_version: {
        type: 'integer',
        meaning: "The ERP's version of the row, for compare-and-set.",
      },
      description: { type: 'text', meaning: 'Free text.' },
      time_precision: timePrecision,
    },
  },
  approval_event: {
    grain: 'One row per step recorded in an approval or purchase-to-pay history.',
    columns: {
      process: {
        type: 'text',
        required: true,
        meaning: 'Which process the trace belongs to, e.g. payment_approval.',
      },
      trace_id: {
        type: 'text',
        required: true,
        meaning: 'The object whose history this is, as its source names it.',
      },
      payment_request_key: {
        type: 'reference',
        to: 'payment_request',
        meaning: 'The request it concerns, if any.',
      },
      invoice_key: {
        type: 'reference',
        to: 'invoice',
        meaning: 'The invoice it concerns, if any.',
      },
      company_key: { type: 'reference', to: 'company', meaning: 'Entity, for scoping.' },
      sequence: {
        type: 'integer',
        required: true,
        meaning: 'Order in the source; breaks ties of time.',
      },
      activity: { type: 'text', required: true, meaning: 'Step name shown on the process map.' },
      action: { type: 'text', required: true, oneOf: approvalActions, meaning: 'What it did.' },
      role: { type: 'text', meaning: 'Role in which the person acted.' },
      actor_key: { type: 'reference', to: 'employee', meaning: 'Who acted.' },
      on_behalf_of_key: {
        type: 'reference',
        to: 'employee',
        meaning: 'Whose authority was used, when delegated.',
      },
      assigned_at: { type: 'timestamp', meaning: 'When the step was put before the person.' },
      occurred_at: { type: 'timestamp', required: true, meaning: 'When it was done.' },
      currency: { type: 'currency', meaning: 'Currency of the amount.' },
      amount: { type: 'money', meaning: 'Amount at that step.' },
      comment: { type: 'text', pii: 'pseudonym', meaning: 'Remark of the person.' },
      time_precision: timePrecision,
    },
  },
  payment: {
    grain: 'One row per invoice or request paid within a payment document.',
    columns: {
      company_key: { type: 'reference', to: 'company', required: true, meaning: 'Paying entity.' },
      vendor_key: { type: 'reference', to: 'vendor', meaning: 'Who was paid.' },
      invoice_key: { type: 'reference', to: 'invoice', meaning: 'Invoice it pays.' },
      payment_request_key: {
        type: 'reference',
        to: 'payment_request',
        meaning: 'Request it fulfils.',
      },
      payment_document: {
        type: 'text',
        meaning: 'Number of the document or transfer it is part of.',
      },
      payment_run: { type: 'text', meaning: 'Identifier of the payment run; empty outside runs.' },
      end_to_end_id: { type: 'text', meaning: 'Reference carried to the bank.' },
      channel: { type: 'text', oneOf: channels, meaning: 'Channel it left by.' },
      account_token: { type: 'text', pii: 'secret', meaning: 'Token of the account paid to.' },
      currency: { type: 'currency', required: true, meaning: 'Currency of the amounts.' },
      amount: { type: 'money', required: true, meaning: 'Amount paid.' },
      discount_taken: { type: 'money', meaning: 'Discount deducted; empty when unknown.' },
      fee_amount: { type: 'money', meaning: 'Fee charged; empty when unknown.' },
      fee_currency: { type: 'currency', meaning: 'Currency of the fee.' },
      executed_at: { type: 'timestamp', required: true, meaning: 'When it was sent.' },
      executed_by_key: { type: 'reference', to: 'employee', meaning: 'Who sent it.' },
      value_on: { type: 'date', meaning: 'Value date at the bank.' },
      status: {
        type: 'text',
        oneOf: ['sent', 'settled', 'returned', 'cancelled'],
        meaning: 'State of the transfer.',
      },
      time_precision: timePrecision,
    },
  },
  bank_line: {
    grain: 'One row per entry of a bank statement: fingerprint and its occurrence.',
    columns: {
      company_key: { type: 'reference', to: 'company', meaning: 'Owner of the account.' },
      own_account_token: {
        type: 'text',
        required: true,
        pii: 'secret',
        meaning: 'Token of our account.',
      },
      own_account_last4: {
        type: 'text',
        pii: 'pseudonym',
        meaning: 'Last four characters of our account.',
      },
      statement: { type: 'text', meaning: 'Statement identifier.' },
      booked_on: { type: 'date', meaning: 'Booking date.' },
      value_on: { type: 'date', meaning: 'Value date.' },
      currency: { type: 'currency', required: true, meaning: 'Currency of the amount.' },
      amount: {
        type: 'money',
        required: true,
        meaning: 'Signed: credits positive, debits negative.',
      },
      status: {
        type: 'text',
        oneOf: ['booked', 'pending', 'information'],
        meaning: 'State of the entry.',
      },
      reversal: { type: 'boolean', meaning: 'True for reversed entries.' },
      end_to_end_id: {
        type: 'text',
        meaning: 'Reference of the payer; placeholders count as empty.',
      },
      bank_reference: { type: 'text', meaning: "The servicing bank's reference." },
      transaction_code: { type: 'text', meaning: 'Bank transaction code.' },
      counterparty_name: { type: 'text', pii: 'pseudonym', meaning: 'Name on the other side.' },
      counterparty_token: {
        type: 'text',
        pii: 'secret',
        meaning: 'Token of the account on the other side.',
      },
      remittance: { type: 'text', pii: 'pseudonym', meaning: 'Remittance text.' },
      fee_amount: { type: 'money', meaning: 'Charges shown in the entry.' },
    },
  },
  bank_balance: {
    grain: 'One row per balance printed on a statement.',
    columns: {
      company_key: { type: 'reference', to: 'company', meaning: 'Owner of the account.' },
      own_account_token: {
        type: 'text',
        required: true,
        pii: 'secret',
        meaning: 'Token of our account.',
      },
      statement: { type: 'text', meaning: 'Statement identifier.' },
      kind: {
        type: 'text',
        required: true,
        oneOf: ['opening', 'closing', 'available', 'other'],
        meaning: 'Which balance.',
      },
      balance_on: { type: 'date', meaning: 'Date of the balance.' },
      currency: { type: 'currency', required: true, meaning: 'Currency of the amount.' },
      amount: { type: 'money', required: true, meaning: 'Signed balance.' },
    },
  },
  settlement: {
    grain: "One row per line of a payment platform's settlement report.",
    columns: {
      company_key: {
        type: 'reference',
        to: 'company',
        meaning: 'Entity whose account was settled.',
      },
      platform: { type: 'text', required: true, meaning: 'Name of the platform.' },
      payout: { type: 'text', meaning: 'Payout or batch the line belongs to.' },
      end_to_end_id: { type: 'text', meaning: 'Our reference, equal to the payment it settles.' },
      kind: {
        type: 'text',
        required: true,
        oneOf: ['payment', 'refund', 'fee', 'payout', 'other'],
        meaning: 'What the line is.',
      },
      currency: { type: 'currency', required: true, meaning: 'Currency of the amounts.' },
      amount_gross: { type: 'money', required: true, meaning: 'Amount before fees.' },
      fee_amount: { type: 'money', meaning: 'Fee charged by the platform.' },
      amount_net: { type: 'money', meaning: 'Amount after fees.' },
      settled_at: { type: 'timestamp', meaning: 'When the platform settled it.' },
    },
  },
  fx_rate: {
    grain: 'One row per currency pair and day.',
    columns: {
      rate_on: { type: 'date', required: true, meaning: 'Day of the rate.' },
      from_currency: { type: 'currency', required: true, meaning: 'One unit of this …' },
      to_currency: { type: 'currency', required: true, meaning: '… is worth rate units of this.' },
      rate: { type: 'rate', required: true, unit: 'to per from', meaning: 'Mid rate.' },
    },
  },
  decision: {
    grain:
      'One row per decision taken in Quittance, landed again so that feedback is ordinary SQL.',
    columns: {
      case_number: { type: 'text', required: true, meaning: 'Case it decides.' },
      subject_key: {
        type: 'text',
        required: true,
        meaning: 'Key of the payment request or invoice decided.',
      },
      detectors: {
        type: 'text',
        meaning: 'Detectors whose findings were in the case, comma separated.',
      },
      detector_scores: {
        type: 'text',
        meaning: 'Highest score of each of these detectors, in the same order, comma separated.',
      },
      detector_versions: {
        type: 'text',
        meaning: 'Version of each of these detectors at the decision, in the same order.',
      },
      verdict: { type: 'text', required: true, meaning: 'What the person found to be true.' },
      reviewer_key: {
        type: 'text',
        meaning: 'Pseudonym of who decided: the same person has the same one.',
      },
      reason_code: { type: 'text', meaning: 'Why.' },
      action: {
        type: 'text',
        required: true,
        oneOf: ['release', 'hold', 'reject', 'refer'],
        meaning: 'What was sent to the ERP.',
      },
      decided_at: { type: 'timestamp', required: true, meaning: 'When.' },
      amount: { type: 'money', meaning: 'Amount at stake.' },
      currency: { type: 'currency', meaning: 'Currency of the amount.' },
    },
  },
} as const satisfies Readonly<Record<string, RecordDefinition>>;

/** Names of all canonical records. */
export type RecordName = keyof typeof records;

/** Names in the order of the catalogue: referenced records come before those that refer to them. */
export const recordNames = Object.keys(records) as readonly RecordName[];

/** The columns of one record, typed for look-ups by name. */
export function columnsOf(record: RecordName): Readonly<Record<string, Column>> {
  return records[record].columns;
}

/** DuckDB type of a column. Rates are DECIMAL(18,9), money DECIMAL(18,4), references UUID. */
export function duckdbType(column: Column): string {
  return duckdbTypes[column.type];
}

const duckdbTypes = {
  text: 'VARCHAR',
  money: 'DECIMAL(18,4)',
  rate: 'DECIMAL(18,9)',
  integer: 'BIGINT',
  boolean: 'BOOLEAN',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
  currency: 'VARCHAR',
  reference: 'UUID',
} as const satisfies Record<ColumnType, string>;

/** Name under which staging SQL gives a column: references come as natural ids (`vendor_key` → `vendor_id`). */
export function stagedName(name: string, column: Column): string {
  return column.type === 'reference' ? name.replace(/_key$/, '_id') : name;
}

/**
 * SQL expression for a record's stable key.
 *
 * Definition  md5 over source, record name and natural id, separated by U+001F, read as a UUID.
 * Example     recordKeySql('source', 'vendor', 'vendor_id')
 */
export function recordKeySql(source: string, record: RecordName, id: string): string {
  return `md5(${source} || chr(31) || '${record}' || chr(31) || ${id})::UUID`;
}

/** `create table` statement of a record in the warehouse, with the columns every record has. */
export function createTableSql(record: RecordName, table: string = record): string {
  const own = Object.entries(columnsOf(record)).map(
    ([name, column]) => `  ${name} ${duckdbType(column)}`,
  );
  return [
    `create table if not exists ${table} (`,
    [
      `  ${record}_key UUID not null`,
      `  ${record}_id VARCHAR not null`,
      ...own,
      '  source VARCHAR not null',
      '  batch_id VARCHAR not null',
      '  source_row BIGINT not null',
      '  extracted_at TIMESTAMP not null',
    ].join(',\n'),
    ')',
  ].join('\n');
}
