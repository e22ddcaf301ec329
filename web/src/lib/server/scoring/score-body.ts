import * as v from 'valibot';
import type { FieldProblem } from './problem.ts';

const currencies = new Set(Intl.supportedValuesOf('currency'));

const id = v.pipe(
  v.string('expected text'),
  v.trim(),
  v.nonEmpty('must not be empty'),
  v.maxLength(200, 'at most 200 characters'),
);
const amount = v.pipe(
  v.string('expected decimal text such as "1234.50", so that no digit is lost'),
  v.regex(
    /^[+-]?\d{1,11}(\.\d{1,4})?$/,
    'expected decimal text such as "1234.50": up to 11 digits and 4 decimals',
  ),
  v.check((text) => unitsOf(text) > 0, 'must be more than 0'),
);
const currency = v.pipe(
  v.string('expected an ISO 4217 code'),
  v.check((code) => currencies.has(code), 'is not an ISO 4217 code such as "EUR"'),
);
const moment = v.pipe(
  v.string('expected a time'),
  v.regex(
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/,
    'expected a time with its offset, such as "2026-03-02T09:30:00Z"',
  ),
  v.check((text) => !Number.isNaN(Date.parse(text)), 'is not a time'),
);
const day = v.pipe(
  v.string('expected a date'),
  v.isoDate('expected a date such as "2026-03-02"'),
  v.check((text) => !Number.isNaN(Date.parse(text)), 'is not a date'),
);

const invoice = v.strictObject({
  invoice_id: v.optional(id),
  invoice_number: v.optional(id),
  amount: v.optional(amount),
  currency: v.optional(currency),
  invoiced_on: v.optional(day),
  received_at: v.optional(moment),
  entered_at: v.optional(moment),
  entered_by_id: v.optional(id),
  category: v.optional(id),
  purchase_order_id: v.optional(id),
});

const approval = v.strictObject({
  employee_id: id,
  on_behalf_of_id: v.optional(id),
  approved_at: moment,
});

/** Approvals one request may name. */
const approvalLimit = 50;

const body = v.strictObject({
  source: v.optional(id),
  payment_request_id: id,
  company_id: id,
  vendor_id: id,
  amount,
  currency,
  account: v.optional(id),
  requested_by_id: v.optional(id),
  requested_at: v.optional(moment),
  urgent: v.optional(v.boolean('expected true or false')),
  due_on: v.optional(day),
  invoice: v.optional(invoice),
  approvals: v.optional(v.pipe(v.array(approval), v.maxLength(approvalLimit, 'at most 50'))),
});

/** A payment request as a machine sends it, in the terms of the records. */
export type ScoreBody = v.InferOutput<typeof body>;

/** Reads the text of a request; every field that cannot be taken, with its reason. */
export function readScoreBody(text: string): ScoreBody | readonly FieldProblem[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [{ field: '', problem: 'the body is not JSON (NaN and Infinity are not JSON numbers)' }];
  }
  const parsed = v.safeParse(body, value);
  if (parsed.success) return parsed.output;
  return parsed.issues.map((issue) => ({
    field: v.getDotPath(issue) ?? '',
    problem: problemOf(issue),
  }));
}

function problemOf(issue: v.BaseIssue<unknown>): string {
  if (issue.type !== 'strict_object') return issue.message;
  if (issue.expected === 'never') return 'is not a known field';
  return issue.received === 'undefined' ? 'is required' : 'expected an object';
}

/** Decimal text in ten-thousandths: a whole number, exact below 2^53. */
export function unitsOf(text: string): number {
  const [, sign = '', whole = '', decimals = ''] = /^([+-]?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  const units = Number(whole + decimals.padEnd(4, '0'));
  return sign === '-' ? -units : units;
}
