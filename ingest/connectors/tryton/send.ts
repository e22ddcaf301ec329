import type { Command, SendResult } from '../../connector.ts';
import { PaymentQueue, type QueuedPayment } from './payment-queue.ts';
import { Rpc, RpcFault, SignInRefused } from './rpc.ts';
import { credentialsOf, type Credentials, type TrytonSettings } from './settings.ts';

/** States after which a payment has been handed to the bank. */
const underWay = ['processing', 'succeeded'];

/**
 * Carries a decision into the payment queue and reads back what became of it.
 *
 * Definition  A note with the decision's id is written first: a repetition recognises by it what an
 *             earlier attempt did whose answer was lost. Every write carries the version the
 *             person saw, so that a payment changed meanwhile is left alone. An answer without an
 *             error proves nothing here; the state read back does.
 * Errors      none are thrown for what the server says; see `SendResult`.
 */
export async function sendDecision(
  command: Command,
  settings: TrytonSettings,
  signal: AbortSignal,
): Promise<SendResult> {
  const id = Number(command.payment_request_id);
  if (!/^\d+$/u.test(command.payment_request_id) || !Number.isSafeInteger(id))
    return { outcome: 'refused', why: `${command.payment_request_id} is no payment of this ERP` };
  const service = rpcOf(settings, await credentialsOf(settings), signal);
  const own = await credentialsOf(settings, command.decided_by_email);
  const releasesAsOwn = command.action === 'release' && own.isOwn;
  const actor = releasesAsOwn ? rpcOf(settings, own, signal) : service;
  try {
    const queue = new PaymentQueue({ id, command, service, actor });
    return await decide(command, queue);
  } catch (cause) {
    return resultOfFault(cause);
  } finally {
    await service.close();
    if (actor !== service) await actor.close();
  }
}

async function decide(command: Command, queue: PaymentQueue): Promise<SendResult> {
  const payment = await queue.read();
  if (payment === undefined)
    return command.action === 'reject'
      ? { outcome: 'accepted', status: 'rejected', status_version: command.expected_version }
      : { outcome: 'refused', why: 'the payment was deleted in the ERP meanwhile' };
  const begun = await queue.noteOfDecision();
  const done = await alreadyDone(command, payment, { queue, begun: begun !== undefined });
  if (done !== undefined) return done;
  const ours = begun !== undefined && queue.isChangedByUs(payment, begun);
  if (payment.version !== command.expected_version && !ours)
    return {
      outcome: 'refused',
      why: `the payment was changed in the ERP by ${payment.changedBy} at ${payment.changedAt}, after the decision was taken on an older state; it is ${payment.state} there`,
    };
  const obstacle = obstacleTo(command, payment);
  if (obstacle !== undefined) return obstacle;
  if (begun === undefined) await queue.writeNote(payment);
  switch (command.action) {
    case 'release':
      return release(queue, payment);
    case 'hold':
    case 'refer':
      return stop(command.action === 'hold' ? 'held' : 'referred', queue, payment);
    case 'reject':
      return reject(queue, payment);
  }
}

/** What an earlier attempt, or somebody in the ERP, brought about already. */
async function alreadyDone(
  command: Command,
  payment: QueuedPayment,
  { queue, begun }: { queue: PaymentQueue; begun: boolean },
): Promise<SendResult | undefined> {
  const status_version = payment.version;
  if (command.action === 'release') {
    if (payment.state === 'approved' || underWay.includes(payment.state))
      return { outcome: 'accepted', status: statusOf(payment.state), status_version };
    if (begun && payment.state === 'draft' && (await queue.hasOwnApproval({ sinceNote: true })))
      return {
        outcome: 'accepted',
        status: 'in_approval',
        status_version,
        awaits: 'second_approval',
      };
    return undefined;
  }
  if (command.action === 'reject' || !begun || payment.state !== 'draft') return undefined;
  return {
    outcome: 'accepted',
    status: command.action === 'hold' ? 'held' : 'referred',
    status_version,
  };
}

/** Why the state of the payment does not allow the decision. */
function obstacleTo(command: Command, payment: QueuedPayment): SendResult | undefined {
  const { state, run } = payment;
  if (state === 'draft' || state === 'approved') return undefined;
  if (state === 'processing')
    return {
      outcome: 'needs_person',
      why: `the payment is on its way to the bank in payment run ${run ?? '?'}; somebody who executes payments has to stop it there and note it as failed`,
    };
  return {
    outcome: 'refused',
    why:
      state === 'succeeded'
        ? 'the payment was paid already'
        : `the payment is ${state} in the ERP; ${command.action} is not possible any more`,
  };
}

async function release(queue: PaymentQueue, payment: QueuedPayment): Promise<SendResult> {
  const hadApproved = await queue.hasOwnApproval({ sinceNote: false });
  await queue.click('approve', payment);
  const after = await queue.read();
  if (after === undefined)
    return { outcome: 'refused', why: 'the payment was deleted in the ERP meanwhile' };
  const status_version = after.version;
  if (after.state !== 'draft')
    return { outcome: 'accepted', status: statusOf(after.state), status_version };
  if (hadApproved)
    return {
      outcome: 'needs_person',
      why: `user ${queue.actorLogin} had approved this payment already; a second person has to approve it`,
    };
  if (await queue.hasOwnApproval({ sinceNote: false }))
    return {
      outcome: 'accepted',
      status: 'in_approval',
      status_version,
      awaits: 'second_approval',
    };
  return {
    outcome: 'needs_person',
    why: `the ERP took the approval of user ${queue.actorLogin} without an error, but it had no effect; the rules of its approve button are not met`,
  };
}

/** Hold and refer: an approved payment goes back to draft, which withdraws its approvals. */
async function stop(
  status: 'held' | 'referred',
  queue: PaymentQueue,
  payment: QueuedPayment,
): Promise<SendResult> {
  if (payment.state === 'approved') await queue.click('draft', payment);
  const after = await queue.read();
  if (after?.state === 'draft' && (await queue.noteOfDecision()) !== undefined)
    return { outcome: 'accepted', status, status_version: after.version };
  return notTaken(after);
}

async function reject(queue: PaymentQueue, payment: QueuedPayment): Promise<SendResult> {
  if (payment.state === 'approved') await queue.click('draft', payment);
  const draft = await queue.read();
  if (draft !== undefined && draft.state !== 'draft') return notTaken(draft);
  if (draft !== undefined) await queue.delete(draft);
  const after = await queue.read();
  if (after !== undefined) return notTaken(after);
  return { outcome: 'accepted', status: 'rejected', status_version: payment.version };
}

function notTaken(after: QueuedPayment | undefined): SendResult {
  return {
    outcome: 'needs_person',
    why: `the ERP took the decision without an error, but the payment is ${after?.state ?? 'gone'} there; look at it in the ERP`,
  };
}

/** The state of a request in the product's words. */
function statusOf(state: string): string {
  if (state === 'approved') return 'approved';
  return state === 'succeeded' ? 'paid' : 'released';
}

function resultOfFault(cause: unknown): SendResult {
  if (cause instanceof SignInRefused)
    return cause.isLocked
      ? { outcome: 'retry', why: cause.message, after_ms: cause.after_ms }
      : { outcome: 'needs_person', why: cause.message };
  if (!(cause instanceof RpcFault))
    return { outcome: 'retry', why: cause instanceof Error ? cause.message : String(cause) };
  switch (cause.fault) {
    case 'ConcurrencyException':
      return {
        outcome: 'refused',
        why: 'the payment was changed in the ERP at the moment of the decision; nothing was done',
      };
    case 'UserError':
    case 'UserWarning':
      return { outcome: 'refused', why: `the ERP refused: ${cause.message}` };
    case 'Forbidden':
      return { outcome: 'needs_person', why: `the ERP did not allow it: ${cause.message}` };
    default:
      return { outcome: 'retry', why: `the ERP failed: ${cause.fault}: ${cause.message}` };
  }
}

function rpcOf(settings: TrytonSettings, credentials: Credentials, signal: AbortSignal): Rpc {
  return new Rpc({
    url: settings.url,
    database: settings.database,
    credentials,
    authentication: settings.authentication,
    callTimeout_ms: settings.call_timeout_seconds * 1_000,
    signal,
  });
}
