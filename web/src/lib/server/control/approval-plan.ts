import type { Role } from '../auth/permissions.ts';

/** One place in a stage: a named person, anybody of a role, or anybody who may decide. */
export interface Slot {
  readonly role: Role | null;
  readonly user_id: string | null;
}

export const stageModes = ['serial', 'parallel', 'k_of_n'] as const;
export type StageMode = (typeof stageModes)[number];

/** Stages follow each other. Inside: slots in order, all in any order, or `k` of them. */
export interface Stage {
  readonly name: string;
  readonly mode: StageMode;
  readonly k: number;
  readonly slots: readonly Slot[];
}

export const becauses = ['above_limit', 'high_risk', 'two_person_amount', 'policy'] as const;
/** Why more than one person is asked. */
export type Because = (typeof becauses)[number];

/** Who must confirm before a release goes to the source system; no stages: one person is enough. */
export interface Plan {
  readonly stages: readonly Stage[];
  readonly because: readonly Because[];
  readonly rule: string | null;
}

/** One answer that counts: who gave it, with whose rights. */
export interface Vote {
  readonly actor: string;
  readonly authority: string;
}

/** Everything about people that a plan asks; `covers`: the limit is not below the amount. */
export interface Council {
  readonly people: ReadonlyMap<string, { readonly roles: readonly Role[] }>;
  /** Who may act for whom in this matter today: delegate to principals. */
  readonly principals: ReadonlyMap<string, readonly string[]>;
  mayDecide(userId: string): boolean;
  covers(userId: string): boolean;
}

/** Answers a stage needs. */
export function neededVotes(stage: Stage): number {
  return stage.mode === 'k_of_n' ? Math.min(stage.k, stage.slots.length) : stage.slots.length;
}

/** Distinct persons a plan takes, the one who decides included. */
export function requiredPersons(plan: Plan): number {
  return 1 + plan.stages.reduce((sum, stage) => sum + neededVotes(stage), 0);
}

export type StepResult =
  | { readonly outcome: 'counted'; readonly vote: Vote; readonly complete: boolean }
  | {
      readonly outcome: 'refused';
      /** `own`: took part already, also through a delegation; `limit`: the last one must have it. */
      readonly why: 'own' | 'no_right' | 'not_asked' | 'limit';
    };

/** Whether this person's confirmation counts now; own rights first, then those lent to them. */
export function step(
  plan: Plan,
  council: Council,
  so_far: { decider: string; votes: readonly Vote[] },
  actor: string,
): StepResult {
  const took_part = new Set([so_far.decider, ...so_far.votes.flatMap(partiesOf)]);
  if (took_part.has(actor)) return { outcome: 'refused', why: 'own' };
  if (!council.mayDecide(actor)) return { outcome: 'refused', why: 'no_right' };
  const lent = council.principals.get(actor) ?? [];
  const authorities = [actor, ...lent].filter(
    (one) => !took_part.has(one) && council.mayDecide(one),
  );
  const { stage, votes } = stageNow(plan, so_far.votes);
  const complete = so_far.votes.length + 2 === requiredPersons(plan);
  let why: 'not_asked' | 'limit' = 'not_asked';
  for (const authority of authorities) {
    if (stage === null || !fit(stage, council, [...votes, { actor, authority }])) continue;
    const parties = [so_far.decider, ...so_far.votes.map((vote) => vote.authority), authority];
    if (complete && !parties.some((one) => council.covers(one))) {
      why = 'limit';
      continue;
    }
    return { outcome: 'counted', vote: { actor, authority }, complete };
  }
  return { outcome: 'refused', why };
}

/** The people whose confirmation would count now. */
export function whoMayConfirm(
  plan: Plan,
  council: Council,
  so_far: { decider: string; votes: readonly Vote[] },
): string[] {
  return [...council.people.keys()].filter(
    (one) => step(plan, council, so_far, one).outcome === 'counted',
  );
}

/** Steps looked at before a plan is taken to be possible. */
const searchLimit = 20_000;

/** Whether the people there are can bring the plan to its end. */
export function canBeConfirmed(
  plan: Plan,
  council: Council,
  so_far: { decider: string; votes: readonly Vote[] },
): boolean {
  let looked = 0;
  const everybody = [...council.people.keys()].sort(
    (a, b) => Number(council.covers(b)) - Number(council.covers(a)),
  );
  const search = (votes: readonly Vote[]): boolean => {
    if (votes.length + 1 >= requiredPersons(plan)) return true;
    for (const actor of everybody) {
      looked += 1;
      if (looked > searchLimit) return true;
      const result = step(plan, council, { ...so_far, votes }, actor);
      if (result.outcome === 'counted' && search([...votes, result.vote])) return true;
    }
    return false;
  };
  return search(so_far.votes);
}

function partiesOf(vote: Vote): string[] {
  return [vote.actor, vote.authority];
}

/** The stage whose turn it is, with the answers it has. */
function stageNow(
  plan: Plan,
  votes: readonly Vote[],
): { stage: Stage | null; votes: readonly Vote[] } {
  let start = 0;
  for (const stage of plan.stages) {
    const end = start + neededVotes(stage);
    if (votes.length < end) return { stage, votes: votes.slice(start) };
    start = end;
  }
  return { stage: null, votes: [] };
}

/** Can these answers take distinct slots of the stage, in order where it is serial? */
function fit(stage: Stage, council: Council, votes: readonly Vote[]): boolean {
  if (stage.mode === 'serial') {
    return votes.every((vote, index) => fits(stage.slots[index], council, vote.authority));
  }
  const seat = (index: number, taken: ReadonlySet<number>): boolean => {
    const vote = votes[index];
    if (vote === undefined) return true;
    return stage.slots.some(
      (slot, place) =>
        !taken.has(place) &&
        fits(slot, council, vote.authority) &&
        seat(index + 1, new Set([...taken, place])),
    );
  };
  return seat(0, new Set());
}

function fits(slot: Slot | undefined, council: Council, userId: string): boolean {
  const person = council.people.get(userId);
  if (slot === undefined || person === undefined) return false;
  if (slot.user_id !== null && slot.user_id !== userId) return false;
  return slot.role === null || person.roles.includes(slot.role);
}
