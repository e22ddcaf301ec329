import { signedIn } from '#lib/server/auth/signed-in.ts';
import { application } from '#lib/server/application.ts';
import { sumOfDecimals } from '#lib/server/decimal.ts';
import { messageText } from '#lib/server/message-text.ts';
import {
  readSuggestionRows,
  readSuggestions,
  suggestionPageSize,
} from '#lib/server/reads/strategy.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url, depends }) => {
  depends('live:warehouse');
  const person = signedIn(locals);
  const [savings, delays] = await Promise.all([
    readSuggestions(person, 'saving'),
    readSuggestions(person, 'delay'),
  ]);
  const asked = url.searchParams.get('open');
  const opened = [...savings, ...delays].find(({ id }) => id === asked) ?? savings[0] ?? delays[0];
  const page = Math.max(1, Math.trunc(Number(url.searchParams.get('page'))) || 1);
  return {
    savings,
    delays,
    saving_base: sumOfDecimals(savings.map((one) => one.saving_base)),
    page,
    page_size: suggestionPageSize,
    as_of: application().asOf(),
    group_currency: application().configuration.group_currency,
    opened:
      opened === undefined
        ? null
        : {
            ...opened,
            ...(await readSuggestionRows(person, opened, page)),
            assumptions: textsOf('strategy_assumes_', opened.detector),
            wrong_if: textsOf('strategy_wrong_', opened.detector),
          },
  };
};

/** A text of several sentences, one a line. */
function textsOf(prefix: string, detector: string): string[] {
  const text = messageText(prefix, detector, {}, '');
  return text === '' ? [] : text.split('\n');
}
