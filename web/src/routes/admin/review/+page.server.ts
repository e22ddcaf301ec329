import { createHash } from 'node:crypto';
import { fail } from '@sveltejs/kit';
import { m } from '#lib/paraglide/messages.js';
import { application } from '#lib/server/application.ts';
import { can, grants, permissions, roles } from '#lib/server/auth/permissions.ts';
import { signedIn } from '#lib/server/auth/signed-in.ts';
import { messageText } from '#lib/server/message-text.ts';
import { companiesAll, listAccess } from '#lib/server/reads/access-list.ts';
import {
  currentAccess,
  differences,
  listReviews,
  signReview,
  type ReviewedAccess,
} from '#lib/server/state/access-review.ts';
import { listDelegations } from '#lib/server/state/delegations.ts';
import type { Actions, PageServerLoad } from './$types';

/** A right nobody used for that long is worth asking about. */
const unusedAfterDays = 90;

export const load: PageServerLoad = async ({ locals }) => {
  const person = signedIn(locals);
  const { state, warehouse } = application();
  const [people, reviews, now, companies, delegations] = await Promise.all([
    listAccess(state),
    listReviews(state),
    currentAccess(state),
    companiesAll(warehouse),
    listDelegations(state, null),
  ]);
  const since = Date.now() - unusedAfterDays * 86_400_000;
  const isOld = (at: string | null) => at === null || Date.parse(at) < since;
  const active = people.filter((one) => one.active);
  const roleName = (role: string) => messageText('shell_role_', role);
  return {
    people,
    companies,
    changed: differences(reviews[0]?.snapshot ?? [], now),
    reviews: reviews.map(({ review_id, signed_by_name, signed_at, note, snapshot }) => ({
      review_id,
      signed_by_name,
      signed_at,
      note,
      accounts: snapshot.length,
    })),
    unused: active.flatMap((one) => [
      ...(isOld(one.last_seen_at) ? [{ name: one.name, kind: 'sign_in' as const }] : []),
      ...(grants(one.roles, 'cases.decide') && isOld(one.last_decided_at)
        ? [{ name: one.name, kind: 'decide' as const }]
        : []),
    ]),
    conflicts: active.flatMap((one) =>
      one.conflicts.map((pair) => ({ name: one.name, roles: pair.map(roleName).join(' + ') })),
    ),
    lent: delegations.filter(
      (one) => one.ended_at === null && one.ends_on >= new Date().toISOString().slice(0, 10),
    ),
    unused_days: unusedAfterDays,
    may_sign: can(person, 'access.sign_off'),
    seen: markOf(now),
    roles: roles.map((value) => ({ value, text: roleName(value) })),
    rights: permissions.map((permission) => ({
      text: messageText('control_right_', permission.replaceAll('.', '_')),
      held: roles.map((role) => grants([role], permission)),
    })),
  };
};

export const actions: Actions = {
  /** Signs exactly what was shown. */
  sign: async ({ locals, request }) => {
    const { state } = application();
    const form = await request.formData();
    const now = await currentAccess(state);
    if (form.get('seen') !== markOf(now)) return fail(409, { problem: m.control_review_changed() });
    const note = String(form.get('note') ?? '').slice(0, 2_000);
    const { outcome } = await signReview(state, signedIn(locals), { seen: now, note });
    return outcome === 'signed'
      ? { done: m.control_review_signed() }
      : fail(409, { problem: m.control_review_changed() });
  },
};

function markOf(access: readonly ReviewedAccess[]): string {
  return createHash('sha256').update(JSON.stringify(access)).digest('hex');
}
