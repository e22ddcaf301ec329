import { formatDayRange } from '#lib/format.ts';
import { m } from '#lib/paraglide/messages.js';
import { signedIn } from '#lib/server/auth/signed-in.ts';
import { messageText } from '#lib/server/message-text.ts';
import { kpiGroups, readKpiList } from '#lib/server/reads/kpi-list.ts';
import { pageScope } from '#lib/server/scope.ts';
import { addDays } from '#lib/url-state.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
  const scope = await pageScope(signedIn(locals), url);
  const group = kpiGroups.find((one) => one === url.searchParams.get('group')) ?? null;
  const search = (url.searchParams.get('q') ?? '').trim().slice(0, 60);
  return {
    list: await readKpiList(scope, url, { group, search }),
    group,
    search,
    choices: kpiGroups.map((id) => ({ id, name: messageText('overview_group_', id) })),
    sub: m.overview_sub({
      period: formatDayRange(scope.from, addDays(scope.to, -1)),
      previous: formatDayRange(scope.previous.from, addDays(scope.previous.to, -1)),
    }),
  };
};
