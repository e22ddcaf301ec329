import * as catalogue from '#lib/paraglide/messages.js';

type MessageFunction = (values?: Record<string, string | number>) => string;
const messages = catalogue as unknown as Readonly<Record<string, MessageFunction | undefined>>;

/**
 * A message whose key is only known at run time, such as a detector's name: `prefix` is ours, `id`
 * may come from data. Without such a message the id's own words, or `fallback`. On the server only:
 * in the browser it would carry the whole catalogue.
 */
export function messageText(
  prefix: string,
  id: string,
  values: Readonly<Record<string, string | number>> = {},
  fallback: string = id.replaceAll('_', ' '),
): string {
  return messages[prefix + id]?.(values) ?? fallback;
}
