import { fail } from '@sveltejs/kit';
import * as v from 'valibot';
import { LogRefused } from '#analytics/process/log-reading.ts';
import { m } from '#lib/paraglide/messages.js';
import { can } from '#lib/server/auth/permissions.ts';
import { signedIn } from '#lib/server/auth/signed-in.ts';
import {
  deleteLog,
  keepLog,
  listLogs,
  logLimitBytes,
  type LogColumns,
} from '#lib/server/event-logs.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => {
  const person = signedIn(locals);
  return {
    logs: await listLogs(person),
    can_manage: can(person, 'data.manage'),
    limit_mb: logLimitBytes >> 20,
  };
};

const column = v.optional(v.pipe(v.string(), v.trim(), v.maxLength(200)), '');
const fields = v.object({
  case: column,
  activity: column,
  timestamp: column,
  resource: column,
  role: column,
  object_type: column,
  amount: column,
  attributes: v.optional(v.pipe(v.string(), v.trim(), v.maxLength(2_000)), ''),
});
const mostAttributes = 12;

export const actions: Actions = {
  upload: async ({ locals, request }) => {
    const form = await request.formData();
    const file = form.get('file');
    const typed = Object.fromEntries(
      [...form].filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    );
    if (!(file instanceof File) || file.name === '')
      return fail(400, { problem: m.data_logs_no_file(), typed });
    const parsed = v.safeParse(fields, typed);
    if (!parsed.success) return fail(400, { problem: m.data_logs_columns_wrong(), typed });
    try {
      const { amount, attributes, ...columns } = parsed.output;
      const log = await keepLog(signedIn(locals), {
        file,
        amount: amount === '' ? null : amount,
        mapping: mappingOf(columns, [...attributes.split(','), amount]),
      });
      return { done: m.data_logs_done({ name: log.name }), id: log.id };
    } catch (cause) {
      if (!(cause instanceof LogRefused)) throw cause;
      return fail(400, { problem: m.data_logs_refused({ reason: cause.message }), typed });
    }
  },
  remove: async ({ locals, request }) => {
    const id = String((await request.formData()).get('id') ?? '');
    if (await deleteLog(signedIn(locals), id)) return { done: m.data_logs_removed() };
    return fail(404, { problem: m.data_logs_gone(), typed: {} as Record<string, string> });
  },
};

function mappingOf(
  columns: Readonly<Record<string, string>>,
  attributes: readonly string[],
): LogColumns {
  const named = Object.fromEntries(Object.entries(columns).filter(([, name]) => name !== ''));
  const asked = [...new Set(attributes.map((name) => name.trim()).filter((name) => name !== ''))];
  return {
    ...named,
    ...(asked.length === 0 ? {} : { attributes: asked.slice(0, mostAttributes) }),
  };
}
