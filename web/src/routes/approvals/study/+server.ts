import { json } from '@sveltejs/kit';
import { signedIn } from '#lib/server/auth/signed-in.ts';
import { logOf, sourceOf } from '#lib/server/reads/approvals-source.ts';
import { pageScope } from '#lib/server/scope.ts';
import type { RequestHandler } from './$types';

const waitLimit_ms = 25_000;

/** Answers when the next part of the study has come, so that the page reads itself again. */
export const GET: RequestHandler = async ({ locals, url }) => {
  const person = signedIn(locals);
  const scope = await pageScope(person, url);
  const held = await logOf(scope, await sourceOf(person, scope, url.searchParams));
  const limit = new Promise<void>((resolve) => setTimeout(resolve, waitLimit_ms).unref());
  if (held?.next != null) await Promise.race([held.next, limit]);
  return json({ is_pending: held?.next != null });
};
