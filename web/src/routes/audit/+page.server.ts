import { error } from '@sveltejs/kit';
import { application } from '#lib/server/application.ts';
import { can } from '#lib/server/auth/permissions.ts';
import { signedIn } from '#lib/server/auth/signed-in.ts';
import { auditQuery, readAudit } from '#lib/server/reads/audit.ts';
import { verifyAudit } from '#lib/server/state/audit.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url, depends }) => {
  depends('live:cases');
  const before = Number(url.searchParams.get('before'));
  const query = auditQuery(url.searchParams);
  return {
    ...(await readAudit(application().state, signedIn(locals), {
      ...query,
      before_id: Number.isInteger(before) && before > 0 ? before : null,
    })),
    query,
  };
};

export const actions: Actions = {
  /** Recomputes the whole chain; nothing is changed. */
  verify: async ({ locals }) => {
    if (!can(signedIn(locals), 'audit.read')) error(403);
    return {
      verification: await verifyAudit(application().state),
      verified_at: new Date().toISOString(),
    };
  },
};
