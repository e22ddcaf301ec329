import type { Command, SendResult } from '#ingest/connector.ts';
import type { State } from '../state/database.ts';
import { circuitOpenUntil, noteAnswer, noteSilence } from '../state/delivery-circuit.ts';
import { addJob, claim, jobOf, postpone, settle, type Delivery } from '../state/outbox.ts';

/** How a command reaches a source; throws or `retry` when nothing is known. */
export type Send = (source: string, command: Command, signal: AbortSignal) => Promise<SendResult>;

const answerTimeoutMs = 15_000;
const firstRetryMs = 1_000;
const longestRetryMs = 5 * 60_000;
/** A hold that has not arrived by then is shown to people: money may move. */
export const escalateHoldMs = 15 * 60_000;
/** Other decisions are shown to people when they are this late. */
const escalateMs = 2 * 60 * 60_000;
/** After this long the source is taken to have refused. */
const giveUpMs = 75 * 60 * 60_000;
const blockedPauseMs = 2_000;
/** Waiting decisions come back spread over this time when a pause of their source is over. */
const circuitSpreadMs = 5_000;

/**
 * Carries one decision to its source and records the answer. Never marks it accepted without one;
 * whatever fails, the payment is as the source has it.
 */
export async function deliver(
  state: State,
  decisionId: string,
  options: { send: Send; now: () => Date; random: () => number },
): Promise<void> {
  const openUntil = await circuitOpenUntil(state, decisionId, options.now());
  if (openUntil !== null) {
    const spread_ms = Math.floor(options.random() * circuitSpreadMs);
    await jobOf(state, decisionId, new Date(openUntil.getTime() + spread_ms));
    return;
  }
  const claimed = await claim(state, decisionId);
  if (claimed === null) return;
  if (claimed.blocked) {
    const runAt = new Date(options.now().getTime() + blockedPauseMs);
    await addJob(state, { decision_id: decisionId, queue: claimed.queue, runAt });
    return;
  }
  const { delivery } = claimed;
  const answer = await ask(delivery, options.send);
  if (answer.outcome !== 'retry') await noteAnswer(state, delivery.source);
  else if (answer.after_ms === undefined)
    await noteSilence(state, { source: delivery.source, why: answer.why, now: options.now() });
  switch (answer.outcome) {
    case 'accepted':
      await settle(state, delivery, { state: 'accepted', ...answer });
      return;
    case 'refused':
    case 'needs_person':
      await settle(state, delivery, { state: answer.outcome, why: answer.why });
      return;
    case 'retry': {
      const waited_ms = options.now().getTime() - new Date(delivery.queued_at).getTime();
      if (waited_ms > giveUpMs) {
        await settle(state, delivery, {
          state: 'refused',
          why: `no answer for 75 hours: ${answer.why}`,
        });
        return;
      }
      const pause_ms = Math.max(
        answer.after_ms ?? 0,
        retryPause(delivery.attempts, options.random()),
      );
      await postpone(state, delivery, {
        why: answer.why,
        at: new Date(options.now().getTime() + pause_ms),
        needsPerson: waited_ms > (delivery.command.action === 'hold' ? escalateHoldMs : escalateMs),
      });
    }
  }
}

async function ask(delivery: Delivery, send: Send): Promise<SendResult> {
  try {
    return await send(delivery.source, delivery.command, AbortSignal.timeout(answerTimeoutMs));
  } catch (cause) {
    return { outcome: 'retry', why: cause instanceof Error ? cause.message : String(cause) };
  }
}

/** Exponential with full jitter, so that many waiting decisions do not come back at one moment. */
export function retryPause(attempts: number, random: number): number {
  const ceiling = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(attempts - 1, 20));
  return Math.max(100, Math.floor(random * ceiling));
}
