import type { EventLog } from './event-log.ts';

/** How often work went from one role or person to the next, and its share of all such steps. */
export interface Handover {
  readonly from: string;
  readonly to: string;
  readonly count: number;
  readonly share: number;
}

/**
 * Handover of work between roles, or between people; null when the log does not tell them.
 *
 * Definition  Neighbouring events of a case whose role is known; a role that hands over to itself
 *             counts too. Shares add up to 1.
 * Source      social network analysis, handover of work with beta 0 (van der Aalst, Reijers, Song 2005)
 */
export function handovers(
  log: EventLog,
  by: 'role' | 'resource',
  cases: Uint8Array | null = null,
): readonly Handover[] | null {
  const code = log[by];
  if (code === null) return null;
  const names = by === 'role' ? log.roles : log.resources;
  const counts = new Map<number, number>();
  let total = 0;
  for (let index = 0; index < log.case_count; index += 1) {
    if (cases !== null && cases[index] === 0) continue;
    const to = log.case_offsets[index + 1] ?? 0;
    for (let event = (log.case_offsets[index] ?? 0) + 1; event < to; event += 1) {
      const giver = code[event - 1] ?? -1;
      const taker = code[event] ?? -1;
      if (giver < 0 || taker < 0) continue;
      const pair = giver * names.length + taker;
      counts.set(pair, (counts.get(pair) ?? 0) + 1);
      total += 1;
    }
  }
  return [...counts]
    .map(([pair, count]) => ({
      from: names[Math.floor(pair / names.length)] ?? '',
      to: names[pair % names.length] ?? '',
      count,
      share: count / total,
    }))
    .sort((a, b) => compare(a.from, b.from) || compare(a.to, b.to));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
