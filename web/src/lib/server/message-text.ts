import * as catalogue from '#lib/paraglide/messages.js';

type MessageFunction = (values?: Record<string, string | number>) => string;
const messages = catalogue as unknown as Readonly<Record<string, MessageFunction | undefined>>;

/**
 * A message whose key is only known at run time, such as a KPI's or detector's name. On the server
 * only: in the browser it would carry the whole catalogue. `fallback` is for names that come from data.
 */
export function messageText(
  key: string,
  values: Readonly<Record<string, string | number>> = {},
  fallback: string = key,
): string {
  return messages[key]?.(values) ?? fallback;
}
