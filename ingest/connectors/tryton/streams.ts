/** What is read of one model, in the order of the columns. Dotted fields are of related records. */
export interface Stream {
  readonly model: string;
  readonly fields: readonly string[];
  /** Always asked for beside what changed. */
  readonly where: readonly unknown[];
  /** Related records whose change also counts as one of this record; '' is the record itself. */
  readonly movedBy: readonly string[];
  /** A right that may be missing: then the stream is left out and said so. */
  readonly optional?: true;
}

const stamps = ['create_date', 'create_uid', 'write_date', 'write_uid'];
const own = [''];

/** The streams by name; each becomes one file of a batch. */
export const streams = {
  company: {
    model: 'company.company',
    fields: ['party', 'party.rec_name', 'currency.code', 'timezone', ...stamps],
    where: [],
    movedBy: ['', 'party.'],
  },
  user: {
    model: 'res.user',
    fields: ['login', 'name', 'active', ...stamps],
    where: [],
    movedBy: own,
  },
  party: {
    model: 'party.party',
    fields: [
      'name',
      'code',
      'active',
      'tax_identifier.code',
      'supplier_payment_term.rec_name',
      ...stamps,
    ],
    where: [],
    movedBy: own,
  },
  bank_account: {
    model: 'bank.account.number',
    fields: [
      'type',
      'number_compact',
      'account',
      'account.active',
      'account.owners',
      'account.bank.rec_name',
      ...stamps,
    ],
    where: [],
    movedBy: ['', 'account.'],
  },
  purchase: {
    model: 'purchase.purchase',
    fields: [
      'number',
      'reference',
      'party',
      'company',
      'purchase_date',
      'total_amount',
      'currency.code',
      'state',
      'description',
      ...stamps,
    ],
    where: [],
    movedBy: own,
    optional: true,
  },
  invoice: {
    model: 'account.invoice',
    fields: [
      'number',
      'reference',
      'party',
      'company',
      'invoice_date',
      'accounting_date',
      'total_amount',
      'tax_amount',
      'currency.code',
      'state',
      'description',
      'purchases',
      'move',
      'move.date',
      ...stamps,
    ],
    where: [['type', '=', 'in']],
    movedBy: ['', 'move.'],
  },
  payable_line: {
    model: 'account.move.line',
    fields: ['move', 'maturity_date', 'payment_blocked', 'credit', 'debit', ...stamps],
    where: [
      ['account.type.payable', '=', true],
      ['move.origin', 'like', 'account.invoice,%'],
    ],
    movedBy: own,
  },
  payment: {
    model: 'account.payment',
    fields: [
      'company',
      'party',
      'kind',
      'amount',
      'currency.code',
      'date',
      'state',
      'description',
      'journal.rec_name',
      'journal.process_method',
      'line',
      'line.move_origin',
      'line.maturity_date',
      'line.payment_blocked',
      'approved_by.rec_name',
      'group',
      'group.rec_name',
      'group.create_date',
      'group.create_uid',
      'clearing_move.create_date',
      'clearing_move.create_uid',
      'sepa_end_to_end_id',
      'sepa_return_reason_code',
      '_timestamp',
      ...stamps,
    ],
    where: [['kind', '=', 'payable']],
    movedBy: ['', 'group.', 'clearing_move.'],
  },
  click: {
    model: 'ir.model.button.click',
    fields: ['button.name', 'record_id', 'user', 'user.login', 'active', ...stamps],
    where: [['button.model.model', '=', 'account.payment']],
    movedBy: own,
  },
  note: {
    model: 'ir.note',
    fields: ['resource', 'message', ...stamps],
    where: [['resource', 'like', 'account.payment,%']],
    movedBy: own,
    optional: true,
  },
} as const satisfies Readonly<Record<string, Stream>>;

export type StreamName = keyof typeof streams;
export const streamNames = Object.keys(streams) as readonly StreamName[];

/** What the connector itself found out by comparison, beside the streams of the server. */
export const comparedStreams = {
  /** Requests that are no longer there, as we had them. */
  gone_payment: [
    'payment_request_id',
    'company_id',
    'vendor_id',
    'invoice_id',
    'requested_by_id',
    'requested_at',
    'scheduled_on',
    'channel',
    'account_token',
    'currency',
    'amount',
    'status_version',
    'description',
  ],
  /** Requests whose amount is another one than before. */
  amount_change: [
    'payment',
    'amount_before',
    'amount_after',
    'currency',
    'changed_at',
    'changed_by',
    'company',
  ],
} as const;

export type ComparedStreamName = keyof typeof comparedStreams;

/** Columns of a stream's rows: dotted fields, and what `flatRecord` adds for references and lists. */
export function columnsOfStream(name: StreamName | ComparedStreamName): readonly string[] {
  if (name === 'gone_payment' || name === 'amount_change') return comparedStreams[name];
  const added = {
    bank_account: ['account.owners.first'],
    invoice: ['purchases.first'],
    payment: ['line.move_origin.id'],
    note: ['resource.id'],
  } as const satisfies Partial<Record<StreamName, readonly string[]>>;
  return [
    'id',
    ...streams[name].fields,
    ...(name in added ? added[name as keyof typeof added] : []),
  ];
}
