import { fail, type ActionFailure } from '@sveltejs/kit';
import { detectors } from '#analytics/detectors/detectors.ts';
import { m } from '#lib/paraglide/messages.js';
import { application } from '#lib/server/application.ts';
import { can } from '#lib/server/auth/permissions.ts';
import { signedIn } from '#lib/server/auth/signed-in.ts';
import { messageText } from '#lib/server/message-text.ts';
import { detectorName } from '#lib/server/reads/case-page.ts';
import { readFrame } from '#lib/server/reads/frame.ts';
import { namesOf } from '#lib/server/reads/names.ts';
import { ruleLists, saveList, type SaveListResult } from '#lib/server/state/rule-lists.ts';
import {
  askToSuppress,
  endSuppression,
  listSuppressions,
  type SuppressResult,
} from '#lib/server/state/suppressions.ts';
import type { Actions, PageServerLoad } from './$types';

const isKey = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);

export const load: PageServerLoad = async ({ locals, url }) => {
  const person = signedIn(locals);
  const { state, warehouse, asOf } = application();
  const [lists, mutes, frame] = await Promise.all([
    ruleLists(state),
    listSuppressions(state),
    readFrame(person),
  ]);
  const keys = [
    ...lists.flatMap(({ entries }) => entries.filter(isKey)),
    ...mutes.flatMap(({ vendor_key }) => vendor_key ?? []),
  ];
  const names = await namesOf(warehouse, keys);
  const named = new Map(lists.map(({ list_id, name }) => [list_id, name]));
  const companyNames = new Map(frame.companies.map((one) => [one.company_key, one.name]));
  const today = asOf().slice(0, 10);
  const shown = lists.map((list) => ({
    ...list,
    entry_names: list.entries.map((entry) => names.get(entry) ?? entry),
    include_names: list.includes.map((id) => named.get(id) ?? id),
    is_expired: list.expires_on !== null && list.expires_on < today,
  }));
  return {
    lists: shown,
    edited: shown.find(({ list_id }) => list_id === url.searchParams.get('list')) ?? null,
    mutes: mutes.map((mute) => ({
      ...mute,
      detector_name:
        mute.detector === null ? m.rules_mute_any_detector() : detectorName(mute.detector),
      vendor_name:
        mute.vendor_key === null ? null : (names.get(mute.vendor_key) ?? mute.vendor_key),
      company_name: mute.company_key === null ? null : (companyNames.get(mute.company_key) ?? '…'),
      is_over: mute.ended_at !== null || mute.expires_on < today,
    })),
    detectors: detectors
      .filter(({ kind }) => kind === 'risk')
      .map(({ id }) => ({ value: id, text: detectorName(id) })),
    companies: frame.companies.map(({ company_key, name }) => ({ value: company_key, text: name })),
    may_change: can(person, 'rules.change', null),
  };
};

function answered(result: SaveListResult | SuppressResult) {
  switch (result.outcome) {
    case 'saved':
      return { done: m.rules_done_saved() };
    case 'asked':
      return { done: m.rules_done_asked({ who: result.who.join(', ') }) };
    case 'cycle':
      return fail(400, { problem: m.rules_problem_list_cycle({ lists: result.lists }) });
    case 'invalid':
      return refused(result.why);
    default:
      return refused(result.outcome);
  }
}

function refused(why: string): ActionFailure<{ problem: string }> {
  return fail(400, { problem: messageText('rules_wrong_', why, {}, m.rules_wrong()) });
}

/** Keys of the vendors with exactly these names; a name that several vendors have is in it several times. */
async function vendorKeys(names: readonly string[]): Promise<{ name: string; key: string }[]> {
  const rows = await application().warehouse.rows(
    `select lower(name) as name, vendor_key::varchar as key from vendor
     where list_contains($names, lower(name)) order by all`,
    { names: names.map((name) => name.toLowerCase()) },
  );
  return rows.map((row) => ({ name: String(row['name']), key: String(row['key']) }));
}

export const actions: Actions = {
  save: async ({ locals, request }) => {
    const person = signedIn(locals);
    if (!can(person, 'rules.change', null)) return refused('entities');
    const form = await request.formData();
    const lines = String(form.get('entries') ?? '')
      .slice(0, 500_000)
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
    // A vendor's name stands for every vendor of that name; any other line is compared as text.
    const vendors = await vendorKeys(lines);
    const entries = lines.flatMap((line) => {
      const keys = vendors.filter(({ name }) => name === line.toLowerCase());
      return keys.length === 0 ? [line] : keys.map(({ key }) => key);
    });
    const expires = String(form.get('expires_on') ?? '');
    const list_id = String(form.get('list_id') ?? '');
    return answered(
      await saveList(application().state, person, {
        list_id: isKey(list_id) ? list_id : null,
        document: {
          name: form.get('name'),
          entries: [...new Set(entries)],
          includes: form.getAll('include').map(String),
          reason: form.get('reason'),
          expires_on: expires === '' ? null : expires,
        },
      }),
    );
  },
  suppress: async ({ locals, request }) => {
    const person = signedIn(locals);
    if (!can(person, 'rules.change', null)) return refused('entities');
    const form = await request.formData();
    const name = String(form.get('vendor') ?? '').trim();
    const vendors = name === '' ? [] : await vendorKeys([name]);
    if (name !== '' && vendors.length !== 1) return refused('vendor');
    const detector = String(form.get('detector') ?? '');
    const company = String(form.get('company_key') ?? '');
    return answered(
      await askToSuppress(application().state, person, {
        document: {
          detector: detector === '' ? null : detector,
          vendor_key: vendors[0]?.key ?? null,
          company_key: company === '' ? null : company,
          reason: form.get('reason'),
          expires_on: form.get('expires_on'),
        },
        as_of: application().asOf(),
      }),
    );
  },
  end: async ({ locals, request }) => {
    const id = String((await request.formData()).get('suppression_id') ?? '');
    const ended = await endSuppression(application().state, signedIn(locals), id);
    return ended ? { done: m.rules_done_ended() } : refused('not_found');
  },
};
