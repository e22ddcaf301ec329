import { redirect } from '@sveltejs/kit';
import { cookieName, isLocale } from '#lib/paraglide/runtime.js';
import { homeOf } from '#lib/server/auth/permissions.ts';
import { signedIn } from '#lib/server/auth/signed-in.ts';
import { keepPreference } from '#lib/server/keep-preference.ts';
import { pathWithin } from '#lib/server/path-within.ts';
import { themeCookie, themeNamed } from '#lib/theme.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals }) => redirect(303, homeOf(signedIn(locals)));

export const actions: Actions = {
  /** Language, theme and width of the rail: kept in this browser, also before signing in. */
  preferences: async (event) => {
    const form = await event.request.formData();
    const locale = form.get('locale');
    if (isLocale(locale)) keepPreference(event, cookieName, locale);
    const theme = form.get('theme');
    if (typeof theme === 'string') keepPreference(event, themeCookie, themeNamed(theme));
    const rail = form.get('rail');
    if (rail === 'collapsed' || rail === 'wide') keepPreference(event, 'quittance_rail', rail);
    redirect(303, pathWithin(form.get('back'), event.url) ?? '/');
  },
};
