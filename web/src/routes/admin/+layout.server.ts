import { access } from '#lib/server/auth/access.ts';
import { can } from '#lib/server/auth/permissions.ts';
import { signedIn } from '#lib/server/auth/signed-in.ts';
import type { LayoutServerLoad } from './$types';

const parts = [
  '/admin',
  '/admin/policy',
  '/admin/standing',
  '/admin/delegations',
  '/admin/people',
  '/admin/review',
];

export const load: LayoutServerLoad = ({ locals }) => {
  const person = signedIn(locals);
  return {
    open_parts: parts.filter((href) => {
      const needed = access[href]?.read;
      return (
        needed !== undefined && needed !== 'public' && needed !== 'account' && can(person, needed)
      );
    }),
  };
};
