import { firstPolicy, type PolicyDocument } from '../control/policy-document.ts';
import type { Queries } from './database.ts';

/** The approval policy in force, and its version; version null is the one that ships. */
export async function livePolicy(
  queries: Queries,
): Promise<{ version: number | null; document: PolicyDocument }> {
  const [row] = await queries.query<{ version: number; document: PolicyDocument }>(
    "select version, document from policy where state = 'live'",
  );
  return row ?? { version: null, document: firstPolicy };
}
