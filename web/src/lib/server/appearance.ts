import type { Handle } from '@sveltejs/kit/hooks';
import { paraglideMiddleware } from '#lib/paraglide/server.js';
import { themeCookie, themeNamed } from '#lib/theme.ts';

/** Draws each page in the person's language and theme from the first byte, so that nothing flashes. */
export const drawInChosenLanguageAndTheme: Handle = ({ event, resolve }) =>
  paraglideMiddleware(event.request, ({ locale }) => {
    const theme = themeNamed(event.cookies.get(themeCookie));
    return resolve(event, {
      transformPageChunk: ({ html }) => html.replace('%lang%', locale).replace('%theme%', theme),
    });
  });
