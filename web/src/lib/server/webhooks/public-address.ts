import { lookup } from 'node:dns/promises';
import { BlockList, isIP, isIPv6 } from 'node:net';

/** Ranges that are not the public internet, or that lead back out of it by translation. */
const closedRanges: readonly string[] = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/96',
  '::ffff:0:0/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
];

/** A list of its own for each family: a check against a mixed list reads IPv4 as mapped IPv6. */
const closed = { ipv4: new BlockList(), ipv6: new BlockList() };
for (const range of closedRanges) {
  const [network = '', bits] = range.split('/');
  const family = isIPv6(network) ? 'ipv6' : 'ipv4';
  closed[family].addSubnet(network, Number(bits), family);
}

/** True for an address of the public internet: not private, local, link-local, shared or translated. */
export function isPublicAddress(address: string): boolean {
  const version = isIP(address);
  if (version === 0) return false;
  const family = version === 6 ? 'ipv6' : 'ipv4';
  return !closed[family].check(address, family);
}

/** Finds the addresses of a host. */
export type Resolve = (host: string) => Promise<readonly string[]>;

export const resolveHost: Resolve = async (host) =>
  (await lookup(host, { all: true })).map(({ address }) => address);

/**
 * The address to connect to: the first one, provided that every address of the host may be reached.
 * Connecting to it, and not to the name, leaves nothing to be resolved otherwise a moment later.
 */
export async function checkedAddress(
  host: string,
  { resolve = resolveHost, isAllowed = isPublicAddress }: AddressRules = {},
): Promise<string> {
  const bare = host.replace(/^\[|\]$/g, '');
  const addresses = isIP(bare) === 0 ? await resolve(bare) : [bare];
  const [first] = addresses;
  const refused = addresses.find((address) => !isAllowed(address));
  if (refused !== undefined)
    throw new Error(`${host} leads to ${refused}, which is not an address of the public internet`);
  if (first === undefined) throw new Error(`${host} has no address`);
  return first;
}

export interface AddressRules {
  readonly resolve?: Resolve;
  readonly isAllowed?: (address: string) => boolean;
}
