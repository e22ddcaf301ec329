/** What can be asked of a payment request, and the state it takes. */
export const statusAfter = {
  release: 'Released',
  hold: 'Held',
  reject: 'Rejected',
  refer: 'Referred',
} as const;
export type ErpAction = keyof typeof statusAfter;

/** States in which the queue still takes decisions. */
const openStatuses: readonly string[] = ['In approval', 'Approved', 'Held', 'Referred'];

/** The same states in the words of those who send decisions. */
const canonical: Readonly<Record<string, string>> = {
  'In approval': 'in_approval',
  Approved: 'approved',
  Held: 'held',
  Referred: 'referred',
  Rejected: 'rejected',
  Released: 'released',
  Paid: 'paid',
};

/** A row as the ERP exports it, by its headers. */
export type Request = Record<string, string>;

export interface Order {
  readonly decision_id: string;
  readonly action: ErpAction;
  readonly payment_request_id: string;
  readonly expected_status: string;
  readonly expected_version: number;
  readonly reason_code: string;
  readonly note: string;
  readonly decided_by: string;
}

/** What the queue answers; the same decision id always gets the same answer. */
export interface Answer {
  readonly http: 200 | 404 | 409 | 422;
  readonly body: {
    readonly decision_id: string;
    readonly outcome: 'accepted' | 'unknown_request' | 'conflict' | 'closed';
    readonly status: string | null;
    readonly status_version: number | null;
  };
}

export interface Entry {
  readonly at: string;
  readonly order: Order;
  readonly answer: Answer;
}

/** Where a queue keeps its decisions; `append` returns once the line is safe. */
export interface QueueLog {
  /** When the queue was first started, ms; null for an empty log. */
  readonly started: number | null;
  readonly entries: readonly Entry[];
  append(line: object): void;
}

/**
 * The approval queue: the open requests of the export it was made from, changed by the decisions in
 * its own append-only log. Each decision is in the log before it is answered.
 */
export class Queue {
  readonly #requests: Map<string, Request>;
  readonly #log: QueueLog;
  readonly #entries: Entry[] = [];
  readonly #started: number;
  readonly #present: number;
  readonly headers: readonly string[];

  constructor(options: { requests: readonly Request[]; log: QueueLog; present: string }) {
    const { requests, log } = options;
    this.headers = Object.keys(requests[0] ?? {});
    this.#requests = new Map(
      requests
        .filter((row) => openStatuses.includes(row['Status'] ?? ''))
        .map((row) => [row['Request No.'] ?? '', row]),
    );
    this.#present = Date.parse(options.present);
    this.#log = log;
    this.#started = log.started ?? Date.now();
    if (log.started === null) log.append({ started_at: this.#started });
    for (const entry of log.entries) this.#apply(entry);
  }

  /** The demo's clock: its present at the first start, going on from there. */
  now(): Date {
    return new Date(this.#present + (Date.now() - this.#started));
  }

  get size(): number {
    return this.#requests.size;
  }

  get decisions(): readonly Entry[] {
    return this.#entries;
  }

  /** Requests that changed after a time (UTC ISO); all of them without one. */
  changedSince(since: string | null): Request[] {
    const all = [...this.#requests.values()];
    if (since === null) return all;
    const from = Date.parse(since);
    const touched = new Set(
      this.#entries
        .filter((entry) => entry.answer.http === 200 && Date.parse(entry.at) > from)
        .map((entry) => entry.order.payment_request_id),
    );
    return all.filter((request) => touched.has(request['Request No.'] ?? ''));
  }

  /** Applies a decision when the request is as the sender saw it; otherwise says how it is. */
  decide(order: Order): Answer {
    const known = this.#entries.find(
      ({ order: { decision_id } }) => decision_id === order.decision_id,
    );
    if (known !== undefined) return known.answer;
    const entry = { at: this.now().toISOString(), order, answer: this.#judge(order) };
    this.#log.append(entry);
    this.#apply(entry);
    return entry.answer;
  }

  #judge(order: Order): Answer {
    const request = this.#requests.get(order.payment_request_id);
    const answer = (
      http: Answer['http'],
      outcome: Answer['body']['outcome'],
      status: string | null,
      version: number | null,
    ): Answer => ({
      http,
      body: { decision_id: order.decision_id, outcome, status, status_version: version },
    });
    if (request === undefined) return answer(404, 'unknown_request', null, null);
    const status = request['Status'] ?? '';
    const version = Number(request['Version']);
    const isAsSeen =
      canonical[status] === order.expected_status && version === order.expected_version;
    if (!isAsSeen) return answer(409, 'conflict', canonical[status] ?? status, version);
    if (!openStatuses.includes(status))
      return answer(422, 'closed', canonical[status] ?? status, version);
    const next = statusAfter[order.action];
    return answer(200, 'accepted', canonical[next] ?? next, version + 1);
  }

  #apply(entry: Entry): void {
    this.#entries.push(entry);
    const request = this.#requests.get(entry.order.payment_request_id);
    if (entry.answer.http !== 200 || request === undefined) return;
    request['Status'] = statusAfter[entry.order.action];
    request['Status At (UTC)'] = isoSeconds(entry.at);
    request['Version'] = String(entry.answer.body.status_version);
  }
}

/** Times as the ERP exports them: UTC to the second. */
export function isoSeconds(at: string): string {
  return `${at.slice(0, 19)}Z`;
}
