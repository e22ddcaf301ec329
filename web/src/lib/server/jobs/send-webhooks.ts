import type { Json } from '../state/audit.ts';
import type { State } from '../state/database.ts';
import { readSetting, saveSetting } from '../state/settings.ts';
import { secretsOf } from '../webhooks/endpoints.ts';
import { postWebhook } from '../webhooks/post-webhook.ts';
import type { AddressRules } from '../webhooks/public-address.ts';

/** What others are told of, by the action of its audit row. */
const told = [
  'decision.recorded',
  'decision.undone',
  'delivery.accepted',
  'delivery.refused',
  'delivery.needs_person',
  'delivery.alarm',
  'delivery.drift',
  'case.reopened',
] as const;

/** Of an audit row only these go out: ids and states, nothing a person wrote. */
const toldFields = ['decision_id', 'action', 'state', 'verdict', 'erp_status'] as const;

const cursor = 'webhooks_told_to';
const rowsAtOnce = 500;
const sendsAtOnce = 50;
const second_ms = 1_000;
const minute_ms = 60 * second_ms;
const hour_ms = 60 * minute_ms;
/** Pauses between attempts, as the specification proposes: about 75 hours in all. */
const pauses_ms = [
  5 * second_ms,
  5 * minute_ms,
  30 * minute_ms,
  2 * hour_ms,
  5 * hour_ms,
  10 * hour_ms,
  14 * hour_ms,
  20 * hour_ms,
  24 * hour_ms,
] as const;
const jitterShare = 0.2;

/** Turns what was audited since the last time into one delivery per address. Gives how many. */
export function queueWebhooks(state: State): Promise<number> {
  return state.transaction(async (queries) => {
    const since = (await readSetting<number>(queries, cursor)) ?? 0;
    const rows = await queries.query<{
      id: number;
      at: string;
      action: string;
      subject: string;
      after: Record<string, Json> | null;
    }>(
      `select id, at, action, subject, after from audit_log where id > $1 and action = any($2)
       order by id limit $3`,
      [since, told, rowsAtOnce],
    );
    const last = rows.at(-1);
    if (last === undefined) return 0;
    let queued = 0;
    for (const row of rows) {
      const body = JSON.stringify({
        type: row.action,
        timestamp: row.at,
        data: {
          case_number: row.subject,
          ...Object.fromEntries(
            toldFields.flatMap((name) =>
              row.after?.[name] == null ? [] : [[name, row.after[name]]],
            ),
          ),
        },
      });
      const added = await queries.query(
        `insert into webhook_delivery (message_id, endpoint_id, body)
         select $1, endpoint_id, $2 from webhook_endpoint
         where disabled_because is null and made_at <= $3::timestamptz
         on conflict do nothing returning 1`,
        [`audit_${row.id}`, body, row.at],
      );
      queued += added.length;
    }
    await saveSetting(queries, cursor, last.id);
    return queued;
  });
}

interface Due {
  readonly message_id: string;
  readonly endpoint_id: string;
  readonly body: string;
  readonly attempts: number;
  readonly url: string;
  readonly sealed_secrets: readonly string[];
}

/** Sends the deliveries that are due. A receiver that is silent is tried again under the same id. */
export async function sendWebhooks(
  state: State,
  options: AddressRules & {
    dataSecret: string;
    now: () => Date;
    random: () => number;
    allowHttp?: boolean;
  },
): Promise<void> {
  const due = await state.query<Due>(
    `update webhook_delivery d set attempts = attempts + 1, next_attempt_at = $1::timestamptz + interval '5 minutes'
     from webhook_endpoint e where e.endpoint_id = d.endpoint_id and e.disabled_because is null
       and (d.message_id, d.endpoint_id) in (select message_id, endpoint_id from webhook_delivery
         where state = 'queued' and next_attempt_at <= $1 order by next_attempt_at limit $2 for update skip locked)
     returning d.message_id, d.endpoint_id, d.body, d.attempts, e.url, e.sealed_secrets`,
    [options.now(), sendsAtOnce],
  );
  const gone = new Set<string>();
  for (const one of due) {
    if (gone.has(one.endpoint_id)) continue;
    const secrets = secretsOf(options.dataSecret, one.sealed_secrets);
    const answer = await postWebhook({ url: one.url, secrets }, one, {
      ...options,
      now: options.now(),
    });
    if (answer.outcome === 'gone') {
      gone.add(one.endpoint_id);
      await state.query(
        `update webhook_endpoint set disabled_because = 'it answered 410' where endpoint_id = $1`,
        [one.endpoint_id],
      );
    }
    const pause_ms = pauses_ms[one.attempts - 1];
    const isOver = answer.outcome !== 'retry' || pause_ms === undefined;
    const wait_ms =
      answer.outcome === 'retry' && pause_ms !== undefined
        ? Math.max(answer.after_ms ?? 0, pause_ms * (1 + jitterShare * options.random()))
        : 0;
    await state.query(
      `update webhook_delivery set state = $3, last_status = $4, last_error = $5,
         next_attempt_at = $6, ended_at = case when $3 <> 'queued' then $7::timestamptz end
       where message_id = $1 and endpoint_id = $2`,
      [
        one.message_id,
        one.endpoint_id,
        answer.outcome === 'delivered' ? 'delivered' : isOver ? 'failed' : 'queued',
        answer.status,
        answer.outcome === 'retry' ? answer.why : null,
        isOver ? null : new Date(options.now().getTime() + wait_ms),
        options.now(),
      ],
    );
  }
}
