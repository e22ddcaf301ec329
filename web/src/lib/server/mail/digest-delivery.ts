import type { Queryable } from '#analytics/table.ts';
import type { Locale } from '#lib/paraglide/runtime.js';
import { headText, noteHead } from '../audit-heads.ts';
import { personById, type Person } from '../auth/person.ts';
import { grants } from '../auth/permissions.ts';
import { inLocale } from '../in-locale.ts';
import type { Queries, State } from '../state/database.ts';
import { digestContent } from './digest-content.ts';
import { digestHtml, digestPlain, type DigestLinks } from './digest-mail.ts';
import { digestPeriod, lastDue, type DigestPeriod } from './digest-period.ts';
import { digestWords } from './digest-words.ts';
import { flagChartPng } from './flag-chart.ts';
import type { MailTransport } from './mail-transport.ts';

/** What rendering a digest needs of the running application. */
export interface DigestStores {
  readonly warehouse: Queryable;
  readonly state: State;
  /** Latest data, UTC ISO. */
  readonly asOf: string;
  readonly groupCurrency: string;
  /** Where the signed heads of the audit log are noted. */
  readonly dataFolder: string;
  /** Address of the dashboard, without a slash at the end. */
  readonly url: string;
}

/** A digest ready to be shown or sent. */
export interface RenderedDigest {
  readonly subject: string;
  readonly html: string;
  readonly plain: string;
  readonly png: Buffer;
}

/** Refusals after which a person has to look; at a run every five minutes, two days. */
const attemptLimit = 576;
const imageCid = 'flags@quittance';

/** Renders a digest in the person's language; `imageSource` makes the address of the picture from its bytes. */
export async function renderDigest(
  stores: DigestStores,
  person: Person,
  period: DigestPeriod,
  options: { unsubscribeToken: string | null; imageSource: (png: Buffer) => string },
): Promise<RenderedDigest> {
  const content = await digestContent(stores, person, period);
  const head = await noteHead(stores.state, stores.dataFolder);
  const locale: Locale = person.locale === 'zh-CN' ? 'zh-CN' : 'en';
  const png = flagChartPng(
    content.weeks.map((week) => ({ ...week, label: weekLabel(week.start) })),
  );
  const links: DigestLinks = {
    triage: `${stores.url}/triage`,
    settings: `${stores.url}/reports`,
    unsubscribe:
      options.unsubscribeToken === null
        ? `${stores.url}/reports`
        : unsubscribeUrl(stores.url, options.unsubscribeToken),
    image: options.imageSource(png),
  };
  return inLocale(locale, () => {
    const words = {
      ...digestWords(content, person.name),
      audit_head: head === null ? null : headText(head),
    };
    return {
      subject: words.subject,
      html: digestHtml(words, links),
      plain: digestPlain(words, links),
      png,
    };
  });
}

/**
 * Plans and sends what is due. One recipient's trouble does not stop the others; what was refused
 * is tried again at the next run.
 *
 * Errors  throws after all were tried, naming each that failed
 */
export async function sendDigests(
  stores: DigestStores,
  transport: MailTransport,
  now: string,
): Promise<void> {
  const failures: string[] = [];
  for (const deliveryId of await planDigests(stores.state, now)) {
    try {
      await deliverDigest(stores, transport, deliveryId);
    } catch (cause) {
      failures.push(cause instanceof Error ? cause.message : String(cause));
    }
  }
  if (failures.length > 0) throw new Error(failures.join('; '));
}

/**
 * Plans what is due: one delivery per subscriber and week, whatever was missed while nothing ran.
 *
 * Returns  the deliveries that have not been sent yet, oldest first
 */
export async function planDigests(state: State, now: string): Promise<string[]> {
  const subscriptions = await state.query<Subscription>(
    'select subscription_id, weekday, hour, time_zone, created_at from digest_subscription where active',
  );
  for (const subscription of subscriptions) {
    const due = lastDue(subscription, now);
    if (due < subscription.created_at) continue;
    const period = digestPeriod(due, subscription.time_zone);
    await state.query(
      `insert into digest_delivery (subscription_id, period_start, period_end, message_id)
       values ($1, $2, $3, '<' || gen_random_uuid() || '@quittance>')
       on conflict (subscription_id, period_start) do nothing`,
      [subscription.subscription_id, period.start, period.end],
    );
  }
  const waiting = await state.query<{ delivery_id: string }>(
    `select delivery_id from digest_delivery
     where state in ('planned', 'rendered', 'sending') order by planned_at, delivery_id`,
  );
  return waiting.map((row) => row.delivery_id);
}

/**
 * Sends one planned digest: once per recipient and week.
 *
 * The content is frozen before the first attempt, so each attempt sends the same bytes under the
 * same Message-ID. A server that had the whole mail and never answered may have delivered it: that
 * one case is tried again at most once, marked `resent`, and then left to a person.
 *
 * Errors  throws after a refusal, so that the job is tried again later
 */
export async function deliverDigest(
  stores: DigestStores,
  transport: MailTransport,
  deliveryId: string,
): Promise<void> {
  const { state } = stores;
  const prepared = await prepare(stores, deliveryId);
  if (prepared === null) return;
  const result = await transport.send({
    to: { name: prepared.name, address: prepared.email },
    subject: prepared.subject,
    html: prepared.html,
    plain: prepared.plain,
    messageId: prepared.message_id,
    image: { cid: imageCid, png: prepared.image },
    unsubscribeUrl: unsubscribeUrl(stores.url, prepared.unsubscribe_token),
  });
  if (result.outcome === 'sent') {
    await state.query(
      `update digest_delivery set state = 'sent', sent_at = current_timestamp, last_error = null
       where delivery_id = $1`,
      [deliveryId],
    );
    return;
  }
  // Refused: certainly not delivered, so the next attempt is a first one. Unknown: stays `sending`.
  await state.query(
    `update digest_delivery set last_error = $2,
       state = case when $3 then 'rendered' else state end
     where delivery_id = $1`,
    [deliveryId, result.why, result.outcome === 'refused'],
  );
  throw new Error(`digest ${deliveryId}: ${result.why}`);
}

interface Subscription {
  readonly subscription_id: string;
  readonly weekday: number;
  readonly hour: number;
  readonly time_zone: string;
  readonly created_at: string;
}

interface Delivery {
  readonly state: 'planned' | 'rendered' | 'sending' | 'sent' | 'failed';
  readonly period_start: string;
  readonly period_end: string;
  readonly message_id: string;
  readonly resent: boolean;
  readonly attempts: number;
  readonly subject: string;
  readonly html: string;
  readonly plain: string;
  readonly image: Buffer;
  readonly user_id: string;
  readonly name: string;
  readonly email: string;
  readonly unsubscribe_token: string;
}

/** Freezes the content if needed and marks the attempt; null when there is nothing to send. */
async function prepare(stores: DigestStores, deliveryId: string): Promise<Delivery | null> {
  const { state } = stores;
  const planned = await deliveryOf(state, deliveryId);
  if (planned?.state === 'planned') await freeze(stores, deliveryId, planned);
  return state.transaction(async (queries) => {
    const delivery = await deliveryOf(queries, deliveryId, 'for update of d');
    if (delivery === null || (delivery.state !== 'rendered' && delivery.state !== 'sending'))
      return null;
    if (delivery.state === 'sending' && delivery.resent) {
      await queries.query(
        `update digest_delivery set state = 'failed',
           last_error = 'the mail server took the mail twice without an answer; ask the recipient'
         where delivery_id = $1`,
        [deliveryId],
      );
      return null;
    }
    if (delivery.attempts >= attemptLimit) {
      await queries.query(`update digest_delivery set state = 'failed' where delivery_id = $1`, [
        deliveryId,
      ]);
      return null;
    }
    await queries.query(
      `update digest_delivery set resent = resent or state = 'sending', state = 'sending',
         attempts = attempts + 1
       where delivery_id = $1`,
      [deliveryId],
    );
    return delivery;
  });
}

async function freeze(stores: DigestStores, deliveryId: string, planned: Delivery): Promise<void> {
  const { state } = stores;
  const person = await personById(state, planned.user_id);
  if (person === null || !grants(person.roles, 'digest.read')) {
    await state.query(
      `update digest_delivery set state = 'failed', last_error = 'the recipient may not read digests'
       where delivery_id = $1`,
      [deliveryId],
    );
    return;
  }
  const period = { start: planned.period_start, end: planned.period_end };
  const rendered = await renderDigest(stores, person, period, {
    unsubscribeToken: planned.unsubscribe_token,
    imageSource: () => `cid:${imageCid}`,
  });
  await state.query(
    `update digest_delivery set state = 'rendered', subject = $2, html = $3, plain = $4, image = $5
     where delivery_id = $1 and state = 'planned'`,
    [deliveryId, rendered.subject, rendered.html, rendered.plain, rendered.png],
  );
}

async function deliveryOf(
  queries: Queries,
  deliveryId: string,
  lock: '' | 'for update of d' = '',
): Promise<Delivery | null> {
  const rows = await queries.query<Delivery>(
    `select d.*, s.user_id, s.unsubscribe_token, u.name, u.email
     from digest_delivery d join digest_subscription s using (subscription_id)
     join "user" u on u.id = s.user_id
     where d.delivery_id = $1 ${lock}`,
    [deliveryId],
  );
  return rows[0] ?? null;
}

function unsubscribeUrl(url: string, token: string): string {
  return `${url}/reports/stop?token=${encodeURIComponent(token)}`;
}

/** Digits only: the same under every language. */
function weekLabel(start: string): string {
  return start.slice(5);
}
