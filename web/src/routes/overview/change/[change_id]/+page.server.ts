import { error } from '@sveltejs/kit';
import * as v from 'valibot';
import { formatDate } from '#lib/format.ts';
import { m } from '#lib/paraglide/messages.js';
import { application } from '#lib/server/application.ts';
import { signedIn } from '#lib/server/auth/signed-in.ts';
import { effectSentence, effectWeeks, readChangeEffect } from '#lib/server/reads/change-effect.ts';
import { findKpi } from '#lib/server/reads/kpi-detail.ts';
import { kpiDefinition, kpiName } from '#lib/server/reads/kpi-tile.ts';
import { declaredChange } from '#lib/server/state/declared-changes.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, params }) => {
  const person = signedIn(locals);
  const { state } = application();
  const isId = v.safeParse(v.pipe(v.string(), v.uuid()), params.change_id).success;
  const change = isId ? await declaredChange(state, person.company_keys, params.change_id) : null;
  const kpi = change && findKpi(change.kpi_id);
  if (!change || !kpi) error(404, m.goals_no_change());
  const effect = await readChangeEffect(kpi, change);
  const weeks = effect ? effectWeeks(kpi, effect) : [];
  return {
    name: change.name,
    sub: m.goals_change_sub({
      kpi: kpiName(kpi),
      day: formatDate(change.starts_on),
      by: change.declared_by_name,
    }),
    kpi: { id: kpi.id, name: kpiName(kpi), definition: kpiDefinition(kpi), unit: kpi.unit },
    sentence: effect ? effectSentence(kpi, effect) : m.goals_change_too_young(),
    is_same_definition: effect?.same_definition ?? true,
    weeks,
    starts_at: weeks.findIndex((week) => week.is_after),
    limits: effect?.chart ?? null,
    hash: change.baseline_hash,
    frozen: m.goals_frozen({
      first: formatDate(change.baseline.from),
      last: formatDate(change.baseline.weeks.at(-1)?.to ?? change.baseline.to),
      at: formatDate(change.baseline.frozen_as_of),
    }),
  };
};
