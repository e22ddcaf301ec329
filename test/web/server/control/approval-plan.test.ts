import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Role } from '../../../../web/src/lib/server/auth/permissions.ts';
import {
  canBeConfirmed,
  neededVotes,
  requiredPersons,
  step,
  whoMayConfirm,
  type Council,
  type Plan,
  type Stage,
  type Vote,
} from '../../../../web/src/lib/server/control/approval-plan.ts';
import {
  planFor,
  type PaymentFacts,
} from '../../../../web/src/lib/server/control/policy-document.ts';

const deciding: readonly Role[] = ['cfo', 'risk', 'approver'];
const ids = ['p0', 'p1', 'p2', 'p3', 'p4', 'p5'] as const;

const slot = fc.record({
  role: fc.constantFrom<Role | null>(null, 'cfo', 'risk', 'approver'),
  user_id: fc.option(fc.constantFrom(...ids), { freq: 4 }),
});
const stage = fc
  .record({
    name: fc.constantFrom('one', 'two'),
    mode: fc.constantFrom('serial' as const, 'parallel' as const, 'k_of_n' as const),
    k: fc.integer({ min: 1, max: 3 }),
    slots: fc.array(slot, { minLength: 1, maxLength: 3 }),
  })
  .map((one) => ({ ...one, k: Math.min(one.k, one.slots.length) }));
const amount = fc.integer({ min: 1, max: 400 }).map((hundreds) => String(hundreds * 100));
const band = fc.constantFrom(
  'very_high' as const,
  'high' as const,
  'medium' as const,
  'low' as const,
);
const rule = fc
  .record({
    bounds: fc.option(fc.tuple(amount, amount)),
    bands: fc.subarray(['low', 'high'] as const),
    stages: fc.array(stage, { maxLength: 2 }),
  })
  .map(({ bounds, ...one }) => {
    const [a = 0, b = 0] = (bounds ?? []).map(Number);
    return {
      name: 'rule',
      categories: [],
      vendor_classes: [],
      company_keys: [],
      ...one,
      amount_from: bounds === null ? null : String(Math.min(a, b)),
      amount_below: bounds === null ? null : String(Math.max(a, b) + 1),
    };
  });
const document = fc.record({
  two_persons_from: fc.option(amount),
  rules: fc.array(rule, { maxLength: 4 }),
});
const person = fc.record({
  role: fc.constantFrom<Role>('cfo', 'risk', 'approver', 'auditor', 'admin'),
  limit: fc.option(fc.integer({ min: 0, max: 40_000 })),
});
const world = fc.record({
  document,
  people: fc.array(person, { minLength: 2, maxLength: ids.length }),
  delegations: fc.array(fc.tuple(fc.constantFrom(...ids), fc.constantFrom(...ids)), {
    maxLength: 6,
  }),
  payment: fc.record({ amount_base: fc.option(amount, { freq: 9 }), band }),
  decider: fc.nat(ids.length - 1),
  answers: fc.array(fc.constantFrom(...ids), { maxLength: 14 }),
});

describe('no path', () => {
  test('releases a payment with fewer distinct persons than its limit, its risk and its policy require', () => {
    let released = 0;
    fc.assert(
      fc.property(world, (given) => {
        const { council, payment, limits } = build(given);
        const decider = ids[given.decider % given.people.length] ?? 'p0';
        if (!council.mayDecide(decider)) return;
        const plan = planFor(given.document, payment, council.covers(decider));
        const votes = play(plan, council, decider, given.answers);
        if (votes === null) return;
        released += 1;
        // Counted here again, from what the world is and not from the plan.
        const actors = new Set([decider, ...votes.map((vote) => vote.actor)]);
        const authorities = [decider, ...votes.map((vote) => vote.authority)];
        expect(actors.size).toBe(votes.length + 1);
        expect(new Set(authorities).size).toBe(votes.length + 1);
        const needsTwo =
          payment.band === 'high' ||
          payment.band === 'very_high' ||
          exceeds(payment.amount_base, limits.get(decider) ?? null) ||
          (given.document.two_persons_from !== null &&
            (payment.amount_base === null ||
              Number(payment.amount_base) >= Number(given.document.two_persons_from)));
        if (needsTwo) expect(actors.size).toBeGreaterThanOrEqual(2);
        const asked = given.document.rules.find(
          (one) =>
            (one.amount_from === null ||
              payment.amount_base === null ||
              Number(payment.amount_base) >= Number(one.amount_from)) &&
            (one.amount_below === null ||
              (payment.amount_base !== null &&
                Number(payment.amount_base) < Number(one.amount_below))) &&
            (one.bands.length === 0 || (one.bands as string[]).includes(payment.band)),
        );
        const stages = asked?.stages ?? [];
        const others = stages.reduce(
          (sum, one) => sum + (one.mode === 'k_of_n' ? one.k : one.slots.length),
          0,
        );
        expect(actors.size).toBeGreaterThanOrEqual(1 + others);
        expect(
          authorities.some((one) => !exceeds(payment.amount_base, limits.get(one) ?? null)),
        ).toBe(true);
        for (const one of [...actors, ...authorities]) expect(council.mayDecide(one)).toBe(true);
      }),
      { numRuns: 5_000 },
    );
    expect(released).toBeGreaterThan(200);
  });

  test('is left open when nobody could go it, and one is when somebody can', () => {
    fc.assert(
      fc.property(world, (given) => {
        const { council, payment } = build(given);
        const decider = ids[given.decider % given.people.length] ?? 'p0';
        const plan = planFor(given.document, payment, council.covers(decider));
        const possible = canBeConfirmed(plan, council, { decider, votes: [] });
        if (!possible) expect(play(plan, council, decider, given.answers) ?? []).toEqual([]);
        else if (plan.stages.length > 0) {
          expect(whoMayConfirm(plan, council, { decider, votes: [] }).length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('a stage', () => {
  const people = council({ a: ['cfo'], b: ['risk'], c: ['risk', 'cfo'], d: ['approver'] });
  const of = (mode: Stage['mode'], k: number, ...roles: (Role | null)[]): Plan => ({
    stages: [{ name: 's', mode, k, slots: roles.map((role) => ({ role, user_id: null })) }],
    because: ['policy'],
    rule: 'r',
  });
  const played = (plan: Plan, ...actors: string[]) =>
    play(plan, people, 'd', actors)?.map((vote) => vote.actor) ?? null;

  test('in order takes its people in order only', () => {
    expect(played(of('serial', 1, 'cfo', 'risk'), 'b', 'a', 'b')).toEqual(['a', 'b']);
    expect(played(of('serial', 1, 'cfo', 'risk'), 'b', 'a')).toBeNull();
  });
  test('in parallel takes them in any order, and finds a seat for who fits two', () => {
    expect(played(of('parallel', 1, 'cfo', 'risk'), 'c', 'b')).toEqual(['c', 'b']);
    expect(played(of('parallel', 1, 'cfo', 'risk'), 'b', 'c')).toEqual(['b', 'c']);
    expect(played(of('parallel', 1, 'cfo', 'cfo'), 'a', 'a')).toBeNull();
  });
  test('with k of n is done with k', () => {
    expect(played(of('k_of_n', 2, 'cfo', 'risk', 'approver'), 'b', 'a')).toEqual(['b', 'a']);
    expect(
      neededVotes(
        of('k_of_n', 2, 'cfo', 'risk', 'approver').stages[0] ?? {
          name: '',
          mode: 'serial',
          k: 1,
          slots: [],
        },
      ),
    ).toBe(2);
  });
  test('asks the next stage only when it is done', () => {
    const plan: Plan = {
      ...of('serial', 1, 'risk'),
      stages: [...of('serial', 1, 'risk').stages, ...of('serial', 1, 'cfo').stages],
    };
    expect(step(plan, people, { decider: 'd', votes: [] }, 'a')).toEqual({
      outcome: 'refused',
      why: 'not_asked',
    });
    expect(requiredPersons(plan)).toBe(3);
    expect(played(plan, 'b', 'a')).toEqual(['b', 'a']);
  });
});

/** Everybody answers in turn; the votes that counted when the plan was brought to its end, else null. */
function play(
  plan: Plan,
  people: Council,
  decider: string,
  answers: readonly string[],
): Vote[] | null {
  const votes: Vote[] = [];
  if (plan.stages.length === 0) return votes;
  for (const actor of answers) {
    const result = step(plan, people, { decider, votes }, actor);
    if (result.outcome === 'refused') continue;
    votes.push(result.vote);
    if (result.complete) return votes;
  }
  return null;
}

function build(given: typeof world extends fc.Arbitrary<infer World> ? World : never) {
  const people = new Map(
    given.people.map((one, index) => [String(ids[index]), { roles: [one.role] }]),
  );
  const limits = new Map(given.people.map((one, index) => [String(ids[index]), one.limit]));
  const payment: PaymentFacts = {
    ...given.payment,
    category: null,
    vendor_class: 'known',
    company_key: 'c',
  };
  const known = given.delegations.filter(
    ([from, to]) => from !== to && people.has(from) && people.has(to),
  );
  const built: Council = {
    people,
    principals: new Map(
      [...Map.groupBy(known, ([, to]) => String(to))].map(([to, rows]) => [
        to,
        rows.map(([from]) => from),
      ]),
    ),
    mayDecide: (id) => people.get(id)?.roles.some((role) => deciding.includes(role)) ?? false,
    covers: (id) => people.has(id) && !exceeds(payment.amount_base, limits.get(id) ?? null),
  };
  return { council: built, payment, limits };
}

function exceeds(of: string | null, limit: number | null): boolean {
  return limit !== null && (of === null || Number(of) > limit);
}

function council(roles: Record<string, Role[]>): Council {
  const people = new Map(Object.entries(roles).map(([id, held]) => [id, { roles: held }]));
  return { people, principals: new Map(), mayDecide: (id) => people.has(id), covers: () => true };
}
