/** What a rule is about: the row it flags. */
export const ruleSubjects = ['payment_request', 'invoice'] as const;
export type RuleSubject = (typeof ruleSubjects)[number];

/** How a field is compared: `amount` in group currency, `key` a vendor, person or entity. */
export type FieldType = 'amount' | 'count' | 'days' | 'text' | 'key' | 'yes_no';

/** A field a rule may name, and the expression it stands for; nothing else ever reaches a statement. */
export interface RuleField {
  readonly id: string;
  readonly type: FieldType;
  /** Expression over the columns of the subject's row, known at its own moment. */
  readonly sql: string;
  /** Read from the vendor master beside the subject's row. */
  readonly of_vendor?: true;
}

/** What the window of an aggregate is taken over. */
export interface RuleGroup {
  readonly id: string;
  readonly column: string;
}

/** One kind of row that rules may flag: its table, the moment it is known, its fields and groups. */
export interface RuleSource {
  readonly table: string;
  readonly subject_key: string;
  readonly payment_request_key: string;
  readonly known_at: string;
  readonly amount: string;
  readonly fields: readonly RuleField[];
  readonly groups: readonly RuleGroup[];
}

const field = (id: string, type: FieldType, sql = `subject.${id}`): RuleField => ({
  id,
  type,
  sql,
});
const daysSince = (column: string, moment: string): string =>
  `date_diff('second', ${column}, ${moment})::double / 86400`;

const vendorFields: readonly RuleField[] = [
  { id: 'vendor_country', type: 'text', sql: 'vendor.country', of_vendor: true },
  { id: 'vendor_category', type: 'text', sql: 'vendor.category', of_vendor: true },
  { id: 'vendor_channel', type: 'text', sql: 'vendor.channel', of_vendor: true },
  { id: 'vendor_is_one_time', type: 'yes_no', sql: 'vendor.one_time', of_vendor: true },
  { id: 'vendor_has_tax_id', type: 'yes_no', sql: 'vendor.tax_id is not null', of_vendor: true },
];

/**
 * Everything a rule may speak of, by what it flags.
 *
 * Definition  Only what was known when the payment was requested or the invoice stood in the books:
 *             no status, approval or execution, which come later.
 * Units       amounts in group currency; days as fractions of 24 hours
 */
export const ruleSources: Readonly<Record<RuleSubject, RuleSource>> = {
  payment_request: {
    table: 'payment_flow',
    subject_key: 'subject.payment_request_key',
    payment_request_key: 'subject.payment_request_key',
    known_at: 'subject.requested_at',
    amount: 'subject.amount',
    fields: [
      field('amount_base', 'amount'),
      field(
        'days_since_account_change',
        'days',
        daysSince('subject.account_known_since', 'subject.requested_at'),
      ),
      field(
        'days_since_vendor_created',
        'days',
        daysSince('subject.vendor_created_at', 'subject.requested_at'),
      ),
      field(
        'days_since_last_payment',
        'days',
        daysSince('subject.last_payment_to_vendor_at', 'subject.requested_at'),
      ),
      field(
        'days_until_due',
        'days',
        `date_diff('day', subject.requested_at::date, subject.due_on)::double`,
      ),
      field('payments_to_vendor_before', 'count'),
      field('payments_to_account_before', 'count'),
      field('vendor_key', 'key'),
      field('company_key', 'key'),
      field('requested_by_key', 'key'),
      field('account_token', 'key'),
      field('channel', 'text'),
      field('currency', 'text'),
      field('category', 'text'),
      field('cost_center', 'text'),
      field('description', 'text'),
      field('account_requested_through', 'text'),
      field('urgent', 'yes_no'),
      field(
        'account_verified',
        'yes_no',
        'coalesce(subject.account_verified_at <= subject.requested_at, false)',
      ),
      ...vendorFields,
    ],
    groups: [
      { id: 'vendor', column: 'subject.vendor_key' },
      { id: 'account', column: 'subject.account_token' },
      { id: 'requester', column: 'subject.requested_by_key' },
      { id: 'company', column: 'subject.company_key' },
    ],
  },
  invoice: {
    table: 'standing_invoice',
    subject_key: 'subject.invoice_key',
    payment_request_key: 'subject.payment_request_key',
    known_at: 'subject.known_at',
    amount: 'subject.amount_gross',
    fields: [
      field('amount_base', 'amount'),
      field(
        'days_until_due',
        'days',
        `date_diff('day', subject.known_at::date, subject.due_on)::double`,
      ),
      field(
        'days_since_invoice_date',
        'days',
        `date_diff('day', subject.invoiced_on, subject.known_at::date)::double`,
      ),
      field('same_amount_before', 'count', 'subject.same_amount_count'),
      field('vendor_key', 'key'),
      field('company_key', 'key'),
      field('entered_by_key', 'key'),
      field('currency', 'text'),
      field('category', 'text'),
      field('cost_center', 'text'),
      field('invoice_number', 'text'),
      field('has_purchase_order', 'yes_no', 'subject.purchase_order_key is not null'),
      field('is_recurring', 'yes_no'),
      ...vendorFields,
    ],
    groups: [
      { id: 'vendor', column: 'subject.vendor_key' },
      { id: 'enterer', column: 'subject.entered_by_key' },
      { id: 'company', column: 'subject.company_key' },
    ],
  },
};

/** The field of this id; undefined when rules about this subject know none. */
export function ruleField(subject: RuleSubject, id: string): RuleField | undefined {
  return ruleSources[subject].fields.find((one) => one.id === id);
}

/** The group of this id; undefined when rules about this subject know none. */
export function ruleGroup(subject: RuleSubject, id: string): RuleGroup | undefined {
  return ruleSources[subject].groups.find((one) => one.id === id);
}
