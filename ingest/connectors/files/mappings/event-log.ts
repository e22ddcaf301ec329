import type { FilesMapping, RecordMapping, Source } from '../mapping.ts';

/** Words in activity names and what they did; longer words come before the words they contain. */
const actions = {
  final_approved: 'final_approved',
  approved: 'approved',
  rejected: 'rejected',
  declined: 'rejected',
  submitted: 'submitted',
  'request payment': 'requested_payment',
  'payment handled': 'paid',
  cancel: 'cancelled',
  '*': 'other',
} as const;

/** The state a request is in after an activity. */
const statuses = {
  'payment handled': 'paid',
  'request payment': 'released',
  final_approved: 'approved',
  rejected: 'rejected',
  saved: 'draft',
  '*': 'in_approval',
} as const;

/**
 * An approval history as a process-mining event log, CSV or Parquet: one row per step.
 *
 * Definition  Parameters name the columns: `case` (default case:concept:name), `activity`
 *             (concept:name), `timestamp` (time:timestamp), `role`, `resource`, `sequence`, `amount`
 *             (left out when not named); `format` of the timestamp; `amount_decimals` to which
 *             calculated amounts are rounded; `currency` and `company` (required), `country`;
 *             `process` (payment_approval). With an amount each case is also a payment request,
 *             paid by its `paid_activity` (Payment Handled).
 * Errors      throws when `company` or `currency` is not given.
 */
export function eventLog(parameters: Readonly<Record<string, string>>): FilesMapping {
  const { company, currency, role, resource, amount } = parameters;
  if (company === undefined || currency === undefined)
    throw new Error(
      'Mapping "event-log" needs the parameters "company" and "currency": the legal entity the log belongs to and the currency of its books.',
    );
  const log = {
    case: parameters['case'] ?? 'case:concept:name',
    activity: parameters['activity'] ?? 'concept:name',
    sequence: parameters['sequence'],
    time: { header: parameters['timestamp'] ?? 'time:timestamp', format: parameters['format'] },
    amount: amount === undefined ? undefined : amountSource(amount, parameters['amount_decimals']),
    company,
    currency,
  };
  const { sequence } = log;
  const parts = [
    log.case,
    log.time.header,
    log.activity,
    ...(resource === undefined ? [] : [resource]),
  ];
  const event: RecordMapping = {
    columns: {
      approval_event_id: {
        join: sequence === undefined ? parts : [log.case, sequence],
        separator: '|',
      },
      process: { constant: parameters['process'] ?? 'payment_approval' },
      trace_id: log.case,
      company_id: { constant: company },
      sequence: sequence === undefined ? { rowNumber: true } : sequence,
      activity: log.activity,
      action: { header: log.activity, keywords: actions },
      occurred_at: log.time,
      ...(role === undefined ? {} : { role }),
      ...(resource === undefined ? {} : { actor_id: resource }),
      ...(log.amount === undefined
        ? {}
        : { amount: log.amount, currency: { constant: currency }, payment_request_id: log.case }),
    },
    ...(sequence === undefined ? { combine: {} } : {}),
  };
  return {
    event_log: {
      match: '*',
      records: {
        company: {
          columns: {
            company_id: { constant: company },
            name: { constant: company },
            base_currency: { constant: currency },
            ...(parameters['country'] === undefined
              ? {}
              : { country: { constant: parameters['country'] } }),
          },
          combine: {},
        },
        ...(resource === undefined
          ? {}
          : { employee: { columns: { employee_id: resource, name: resource }, combine: {} } }),
        approval_event: event,
        ...(log.amount === undefined
          ? {}
          : requestRecords({ ...log, amount: log.amount }, parameters)),
      },
    },
  };
}

function amountSource(header: string, decimals: string | undefined): Source {
  return decimals === undefined ? header : { header, roundTo: Number(decimals) };
}

function requestRecords(
  log: {
    case: string;
    activity: string;
    company: string;
    currency: string;
    time: { header: string; format: string | undefined };
    amount: Source;
  },
  parameters: Readonly<Record<string, string>>,
): { payment_request: RecordMapping; payment: RecordMapping } {
  const shared = {
    company_id: { constant: log.company },
    currency: { constant: log.currency },
    amount: log.amount,
  };
  return {
    payment_request: {
      columns: {
        payment_request_id: log.case,
        ...shared,
        requested_at: log.time,
        status: { header: log.activity, keywords: statuses },
        status_at: log.time,
      },
      combine: { requested_at: 'min', status: 'last', status_at: 'max' },
    },
    payment: {
      columns: {
        payment_id: log.case,
        payment_request_id: log.case,
        ...shared,
        executed_at: log.time,
      },
      combine: { executed_at: 'max' },
      where: [{ header: log.activity, in: [parameters['paid_activity'] ?? 'Payment Handled'] }],
    },
  };
}
