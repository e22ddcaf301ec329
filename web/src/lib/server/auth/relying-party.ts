import { isIP } from 'node:net';
import { application } from '../application.ts';

/** The name a passkey belongs to, and the one origin its answer may come from. */
export interface RelyingParty {
  readonly rp_id: string;
  readonly origin: string;
}

/**
 * The name people reach us by in this request; null where no passkey can work: at a numeric address
 * (browsers refuse it), or by a name that is not ours.
 */
export function relyingParty(url: URL): RelyingParty | null {
  const { authentication } = application();
  const rp_id = url.hostname;
  if (!authentication.options.trustedOrigins.includes(url.origin)) return null;
  return isIP(rp_id.replace(/^\[|\]$/g, '')) === 0 ? { rp_id, origin: url.origin } : null;
}

/** The same page by a name passkeys can belong to; null when this name already can, or none can. */
export function addressForPasskeys(url: URL): string | null {
  if (relyingParty(url) !== null) return null;
  const named = application().authentication.options.trustedOrigins.find(
    (origin) => relyingParty(new URL(origin)) !== null,
  );
  return named === undefined ? null : new URL(url.pathname + url.search, named).href;
}
