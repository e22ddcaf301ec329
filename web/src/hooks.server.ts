import type { HandleServerError, ServerInit } from '@sveltejs/kit/hooks';
import { sequence } from '@sveltejs/kit/hooks';
import { randomUUID } from 'node:crypto';
import { drawInChosenLanguageAndTheme } from '#lib/server/appearance.ts';
import { isStarted } from '#lib/server/application.ts';
import { guard } from '#lib/server/auth/guard.ts';

/** `quittance start` opens the application before it loads this bundle; `npm run dev` opens it here. */
export const init: ServerInit = async () => {
  if (import.meta.env.DEV && !isStarted()) {
    const { openApplication } = await import('#lib/server/open-application.ts');
    await openApplication({ dataFolder: process.env['QUITTANCE_DATA'] ?? 'data' });
  }
};

export const handle = sequence(drawInChosenLanguageAndTheme, guard);

/** People get a reference; the log gets the error behind it. */
export const handleError: HandleServerError = (caught) => {
  if (caught.kind !== 'unknown') return {};
  const { event, error } = caught;
  const reference = randomUUID().slice(0, 8);
  console.error(`[${reference}] ${event.request.method} ${event.route.id ?? '(no route)'}:`, error);
  return { reference };
};
