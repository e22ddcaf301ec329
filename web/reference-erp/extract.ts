import { isoSeconds, type ErpAction, type Queue } from './queue.ts';

const logHeaders = [
  'Event No.',
  'Request No.',
  'Document No.',
  'Company Code',
  'Sequence',
  'Activity',
  'Action',
  'Role',
  'User',
  'On Behalf Of',
  'Assigned At (UTC)',
  'Decided At (UTC)',
  'Currency',
  'Amount',
  'Comment',
] as const;

const steps = {
  release: { activity: 'Released after review', action: 'released' },
  hold: { activity: 'Held for review', action: 'blocked' },
  reject: { activity: 'Rejected after review', action: 'rejected' },
  refer: { activity: 'Referred for review', action: 'returned' },
} as const satisfies Record<ErpAction, { activity: string; action: string }>;

/** The queue in the layout of the ERP's own export; null when nothing changed. */
export function requestsCsv(queue: Queue, since: string | null): string | null {
  const rows = queue.changedSince(since);
  return rows.length === 0
    ? null
    : csv(
        queue.headers,
        rows.map((row) => queue.headers.map((header) => row[header] ?? '')),
      );
}

/** The decisions as steps of the approval log; null when there are none. */
export function approvalLogCsv(queue: Queue, since: string | null): string | null {
  const from = since === null ? -Infinity : Date.parse(since);
  const requests = new Map(queue.changedSince(null).map((row) => [row['Request No.'], row]));
  const rows = queue.decisions
    .filter((entry) => entry.answer.http === 200 && Date.parse(entry.at) > from)
    .map(({ at, order, answer }) => {
      const request = requests.get(order.payment_request_id) ?? {};
      const version = String(answer.body.status_version);
      return [
        `${order.payment_request_id}-${version}`,
        order.payment_request_id,
        request['Document No.'] ?? '',
        request['Company Code'] ?? '',
        version,
        steps[order.action].activity,
        steps[order.action].action,
        'Payment control',
        '',
        '',
        '',
        isoSeconds(at),
        request['Currency'] ?? '',
        request['Amount'] ?? '',
        `${order.decided_by}: ${order.reason_code}${order.note === '' ? '' : `, ${order.note}`}`,
      ];
    });
  return rows.length === 0 ? null : csv(logHeaders, rows);
}

function csv(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  return [headers, ...rows].map((row) => `${row.map(cell).join(',')}\n`).join('');
}

function cell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
