import { application } from '#lib/server/application.ts';
import { signedIn } from '#lib/server/auth/signed-in.ts';
import { renderDigest } from '#lib/server/mail/digest-delivery.ts';
import { digestPeriod } from '#lib/server/mail/digest-period.ts';
import { getLocale } from '#lib/paraglide/runtime.js';
import type { RequestHandler } from './$types';

/** The digest of the last whole week before the latest data, exactly as it would be mailed. */
export const GET: RequestHandler = async ({ locals }) => {
  const person = { ...signedIn(locals), locale: getLocale() };
  const { warehouse, state, configuration, dataFolder, asOf, url } = application();
  const stores = {
    warehouse,
    state,
    asOf: asOf(),
    groupCurrency: configuration.group_currency,
    dataFolder,
    url,
  };
  const rendered = await renderDigest(stores, person, digestPeriod(stores.asOf, person.time_zone), {
    unsubscribeToken: null,
    imageSource: (png) => `data:image/png;base64,${png.toString('base64')}`,
  });
  return new Response(rendered.html, {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy':
        "sandbox allow-top-navigation-by-user-activation; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'",
      'x-frame-options': 'SAMEORIGIN',
    },
  });
};
