import { invalidate } from '$app/navigation';

/**
 * Attachment: loads the page again when something it depends on changed (`depends('live:<key>')`).
 * Without server-sent events the page stays as it is until the next navigation.
 */
export function live(): () => void {
  const events = new EventSource('/api/events');
  events.addEventListener('change', (event: MessageEvent<string>) => {
    const { keys } = JSON.parse(event.data) as { keys: string[] };
    for (const key of keys) void invalidate(`live:${key}`);
  });
  return () => events.close();
}
