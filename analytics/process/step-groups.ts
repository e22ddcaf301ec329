import { decisionKind, roleInName } from './decision-name.ts';
import type { EventLog } from './log/event-log.ts';

/** Events by step: the decisions of a role, else the activity. */
export interface StepGroups {
  readonly names: readonly { readonly step: string; readonly kind: 'role' | 'activity' }[];
  /** Per activity: 1 for a rejection. */
  readonly is_rejection: Uint8Array;
  of(event: number): number;
}

/** A rule approves, not a person: nothing to judge by its rejections. */
const automatic = /\bauto/i;

/** The steps of a log; numbers are given as events are asked for. */
export function stepGroups(log: EventLog): StepGroups {
  const kinds = log.activities.map(decisionKind);
  const roles = log.activities.map(roleInName);
  const numbers = new Map<string, number>();
  const names: { step: string; kind: 'role' | 'activity' }[] = [];
  const known = new Map<number, number>();
  return {
    names,
    is_rejection: Uint8Array.from(kinds, (kind) => Number(kind === 'rejected')),
    of(event) {
      const activity = log.activity[event] ?? 0;
      const role = log.role?.[event] ?? -1;
      const code = activity * (log.roles.length + 1) + role + 1;
      const seen = known.get(code);
      if (seen !== undefined) return seen;
      const name = log.activities[activity] ?? '';
      const isCheck = kinds[activity] !== null && !automatic.test(name);
      const decider = isCheck ? (log.roles[role] ?? roles[activity] ?? null) : null;
      const step = decider ?? name;
      const kind = decider === null ? 'activity' : 'role';
      const key = `${kind} ${step}`;
      const number = numbers.get(key) ?? names.length;
      if (number === names.length) names.push({ step, kind });
      numbers.set(key, number);
      known.set(code, number);
      return number;
    },
  };
}
