import { caseViews } from '#lib/server/state/cases.ts';
import { signedIn } from '#lib/server/auth/signed-in.ts';
import { decisionWords } from '#lib/server/reads/decision-words.ts';
import { readQueue } from '#lib/server/reads/triage.ts';
import { triageKeys } from '#lib/server/reads/triage-keys.ts';
import { readEntities } from '#lib/url-state.ts';
import type { LayoutServerLoad } from './$types';

export const load: LayoutServerLoad = async ({ locals, url, depends }) => {
  depends('live:cases');
  const person = signedIn(locals);
  const asked = url.searchParams.get('view');
  const [company_key = null] = readEntities(url.searchParams);
  return {
    queue: await readQueue(person, {
      view: caseViews.find((view) => view === asked) ?? 'open',
      search: (url.searchParams.get('q') ?? '').slice(0, 100),
      company_key,
      below: url.searchParams.get('below') === '1',
    }),
    words: decisionWords(),
    limit: { amount: person.approval_limit, currency: person.limit_currency },
    keys: triageKeys(),
  };
};
