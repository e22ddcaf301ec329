import { randomBytes } from 'node:crypto';
import { appendAudit } from '../state/audit.ts';
import type { Queries, State } from '../state/database.ts';
import { openSecret, sealSecret } from './sealed-secret.ts';

/** An address that is told what happens; its secrets are never listed. */
export interface WebhookEndpoint {
  readonly endpoint_id: string;
  readonly url: string;
  readonly active_secrets: number;
  readonly disabled_because: string | null;
  readonly queued: number;
  readonly failed: number;
}

export function listEndpoints(queries: Queries): Promise<WebhookEndpoint[]> {
  return queries.query(
    `select e.endpoint_id, e.url, cardinality(e.sealed_secrets) as active_secrets, e.disabled_because,
       count(*) filter (where d.state = 'queued')::integer as queued,
       count(*) filter (where d.state = 'failed')::integer as failed
     from webhook_endpoint e left join webhook_delivery d using (endpoint_id)
     group by e.endpoint_id order by e.made_at`,
  );
}

/** Adds an address and gives its secret, this once. */
export async function addEndpoint(
  state: State,
  of: { url: string; dataSecret: string; actor: string },
): Promise<string> {
  const url = URL.canParse(of.url) ? new URL(of.url) : null;
  if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '')
    throw new Error(
      `A webhook goes to an https address without a password, such as https://example.org/hook, but got ${url?.origin ?? of.url}`,
    );
  const secret = newSecret();
  return state.transaction(async (queries) => {
    const added = await queries.query(
      `insert into webhook_endpoint (url, sealed_secrets) values ($1, $2) on conflict (url) do nothing returning 1`,
      [url.href, [sealSecret(of.dataSecret, secret)]],
    );
    if (added.length === 0) throw new Error(`${url.href} is told already`);
    await note(queries, of.actor, 'webhook.added', url.href);
    return secret;
  });
}

/** A new secret beside the one before it, which goes on signing until the next rotation. */
export function rotateSecret(
  state: State,
  of: { url: string; dataSecret: string; actor: string },
): Promise<string> {
  const secret = newSecret();
  return state.transaction(async (queries) => {
    const changed = await queries.query(
      `update webhook_endpoint set disabled_because = null,
         sealed_secrets = array[sealed_secrets[cardinality(sealed_secrets)], $2] where url = $1 returning 1`,
      [of.url, sealSecret(of.dataSecret, secret)],
    );
    if (changed.length === 0) throw unknown(of.url);
    await note(queries, of.actor, 'webhook.rotated', of.url);
    return secret;
  });
}

export function removeEndpoint(state: State, of: { url: string; actor: string }): Promise<void> {
  return state.transaction(async (queries) => {
    const gone = await queries.query('delete from webhook_endpoint where url = $1 returning 1', [
      of.url,
    ]);
    if (gone.length === 0) throw unknown(of.url);
    await note(queries, of.actor, 'webhook.removed', of.url);
  });
}

/** The secrets that sign, opened. */
export function secretsOf(dataSecret: string, sealed: readonly string[]): string[] {
  return sealed.map((one) => openSecret(dataSecret, one));
}

function newSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

function unknown(url: string): Error {
  return new Error(`${url} is told nothing; \`npx quittance webhooks\` lists the addresses`);
}

async function note(queries: Queries, actor: string, action: string, url: string): Promise<void> {
  await appendAudit(queries, { actor, action, subject: 'webhooks', before: null, after: { url } });
}
