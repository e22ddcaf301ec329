import { referenceErp } from '../../ingest/connectors/reference-erp/connector.ts';
import type { Send } from '../../web/src/lib/server/jobs/deliver.ts';
import { Queue, type Answer, type Order, type Request } from '../../web/reference-erp/queue.ts';
import type { Chance } from './chance.ts';

const faults = [
  'none',
  'unreachable',
  'busy',
  'lost_answer',
  'late_arrival',
  'repeated',
  'empty_answer',
  'failed_after',
] as const;
type Fault = (typeof faults)[number];

/** The reference ERP's own queue behind a network that loses, delays and repeats. */
export interface FaultyErp {
  readonly queue: Queue;
  /** Ids of the decisions that were sent, each time. */
  readonly sent: string[];
  readonly send: Send;
  /** Share of requests with a fault. */
  faultShare: number;
  /** Runs while a request is on its way and nothing is known. */
  meanwhile: (() => Promise<void>) | null;
  /** Delivers what the network still holds, in any order. */
  arriveLate(): void;
}

export function faultyErp(options: {
  requests: readonly string[];
  token_path: string;
  chance: Chance;
}): FaultyErp {
  const { chance } = options;
  const requests: Request[] = options.requests.map((id) => ({
    'Request No.': id,
    Status: 'In approval',
    'Status At (UTC)': '2026-11-18T09:00:00Z',
    Version: '3',
  }));
  const present = new Date().toISOString();
  const queue = new Queue({
    requests,
    present,
    log: { started: null, entries: [], append: () => undefined },
  });
  const held: Order[] = [];

  const answered = (answer: Answer) =>
    new Response(JSON.stringify(answer.body), { status: answer.http });
  const network = (fault: Fault, order: Order): Response => {
    switch (fault) {
      case 'unreachable':
        throw new TypeError('fetch failed: connect ECONNREFUSED');
      case 'busy':
        return new Response('{}', {
          status: 503,
          headers: { 'retry-after': String(1 + chance.below(60)) },
        });
      case 'lost_answer':
        queue.decide(order);
        throw new TypeError('fetch failed: socket hang up');
      case 'late_arrival':
        held.push(order);
        throw new DOMException('The operation was aborted due to timeout', 'TimeoutError');
      case 'repeated':
        queue.decide(order);
        return answered(queue.decide(order));
      case 'empty_answer':
        return new Response('', { status: 200 });
      case 'failed_after':
        queue.decide(order);
        return new Response('{"error":"failed"}', { status: 500 });
      case 'none':
        return answered(queue.decide(order));
    }
  };

  const erp: FaultyErp = {
    queue,
    sent: [],
    faultShare: 0,
    meanwhile: null,
    send: async (_source, command, signal) => {
      if (referenceErp.send === undefined) throw new Error('the reference ERP takes decisions');
      const { meanwhile } = erp;
      erp.sent.push(command.decision_id);
      const fault = chance.with(erp.faultShare) ? chance.oneOf(faults) : 'none';
      const before = globalThis.fetch;
      globalThis.fetch = async (_address, init) => {
        const order = JSON.parse(String(init?.body)) as Order;
        if (meanwhile !== null && chance.with(0.5)) {
          erp.meanwhile = null;
          await meanwhile();
        }
        return network(fault, order);
      };
      try {
        const settings = { url: 'http://erp.invalid', token_path: options.token_path };
        return await referenceErp.send(command, settings, signal);
      } finally {
        globalThis.fetch = before;
      }
    },
    arriveLate: () => {
      while (held.length > 0) {
        const [order] = held.splice(chance.below(held.length), 1);
        if (order !== undefined) queue.decide(order);
      }
    },
  };
  return erp;
}
