import { readFrame } from '#lib/server/reads/frame.ts';
import { getLocale } from '#lib/paraglide/runtime.js';
import { themeCookie, themeNamed } from '#lib/theme.ts';
import type { LayoutServerLoad } from './$types';

export const load: LayoutServerLoad = async ({ locals, cookies }) => ({
  locale: getLocale(),
  theme: themeNamed(cookies.get(themeCookie)),
  rail: cookies.get('quittance_rail') ?? null,
  person: locals.person && {
    name: locals.person.name,
    email: locals.person.email,
    roles: locals.person.roles,
    time_zone: locals.person.time_zone,
  },
  frame: locals.person && (await readFrame(locals.person)),
});
