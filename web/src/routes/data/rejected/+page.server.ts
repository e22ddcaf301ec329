import { signedIn } from '#lib/server/auth/signed-in.ts';
import { readRejected, rejectedPageSize } from '#lib/server/reads/data.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
  const page = Math.max(1, Math.trunc(Number(url.searchParams.get('page'))) || 1);
  const code = url.searchParams.get('code');
  const source = url.searchParams.get('source');
  const found = await readRejected(signedIn(locals), { code, source, page });
  return { ...found, code, page, page_size: rejectedPageSize };
};
