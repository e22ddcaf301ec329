import { m } from '#lib/paraglide/messages.js';

/** "4 d 2 h", "2 h 40 min", "12 min"; a time that has passed is null. */
export function remainingText(milliseconds: number): string | null {
  if (milliseconds < 0) return null;
  const minutes = Math.floor(milliseconds / 60_000);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (days > 0) return m.triage_remaining_days({ days, hours: hours % 24 });
  if (hours > 0) return m.triage_remaining_hours({ hours, minutes: minutes % 60 });
  return m.triage_remaining_minutes({ minutes });
}
