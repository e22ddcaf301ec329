import { redirect } from '@sveltejs/kit';
import { cookieName, isLocale } from '#lib/paraglide/runtime.js';
import { homeOf } from '#lib/server/auth/permissions.ts';
import { signedIn } from '#lib/server/auth/signed-in.ts';
import { pathWithin } from '#lib/server/path-within.ts';
import { themeCookie, themeNamed } from '#lib/theme.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals }) => redirect(303, homeOf(signedIn(locals)));

const keptForSeconds = 400 * 86_400;

export const actions: Actions = {
  /** Language, theme and width of the rail: kept in this browser, also before signing in. */
  preferences: async ({ request, cookies, url }) => {
    const form = await request.formData();
    const options = {
      path: '/',
      maxAge: keptForSeconds,
      sameSite: 'lax',
      httpOnly: false,
    } as const;
    const locale = form.get('locale');
    if (isLocale(locale)) cookies.set(cookieName, locale, options);
    const theme = form.get('theme');
    if (typeof theme === 'string') cookies.set(themeCookie, themeNamed(theme), options);
    const rail = form.get('rail');
    if (rail === 'collapsed' || rail === 'wide') cookies.set('quittance_rail', rail, options);
    redirect(303, pathWithin(form.get('back'), url) ?? '/');
  },
};
