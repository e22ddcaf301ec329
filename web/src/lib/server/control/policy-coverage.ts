import { can } from '../auth/permissions.ts';
import type { Person } from '../auth/person.ts';
import { tenThousandths } from '../decimal.ts';
import { mayRelease } from '../state/release-limit.ts';
import { canBeConfirmed, type Council } from './approval-plan.ts';
import {
  matches,
  planFor,
  vendorClasses,
  type PaymentFacts,
  type PolicyDocument,
} from './policy-document.ts';

/** What is wrong with a policy, given the people there are. */
export interface Coverage {
  /** Rules whose stages the active people cannot fill, and for which entity. */
  readonly without_approver: readonly { readonly rule: string; readonly company_key: string }[];
  /** Rules that an earlier one always hides. */
  readonly unreachable: readonly string[];
  /** Amounts from which nobody may release, by entity; null company: none of the known ones. */
  readonly beyond_everybody: readonly {
    readonly company_key: string;
    readonly above: string | null;
  }[];
}

/** Payments looked at for unreachable rules; larger policies are cut into this many cells. */
const cellLimit = 200_000;

/** Checks a policy against everybody who is active, without delegations: those end. */
export function coverageOf(
  document: PolicyDocument,
  world: {
    readonly people: readonly Person[];
    readonly company_keys: readonly string[];
    readonly group_currency: string;
  },
): Coverage {
  return {
    without_approver: withoutApprover(document, world),
    unreachable: unreachable(document, world.company_keys),
    beyond_everybody: world.company_keys.flatMap((company_key) => {
      const deciders = world.people.filter((one) => can(one, 'cases.decide', company_key));
      if (deciders.some((one) => one.approval_limit === null)) return [];
      const [highest = null] = deciders
        .filter((one) => one.limit_currency === world.group_currency)
        .map((one) => one.approval_limit)
        .sort((a, b) => (tenThousandths(b ?? '0') > tenThousandths(a ?? '0') ? 1 : -1));
      return [{ company_key, above: highest }];
    }),
  };
}

type World = Parameters<typeof coverageOf>[1];

/** At the lowest amount of each rule: what fails there fails everywhere in it. */
function withoutApprover(document: PolicyDocument, world: World): Coverage['without_approver'] {
  const { people, group_currency } = world;
  return document.rules.flatMap((rule) =>
    world.company_keys
      .filter((key) => rule.company_keys.length === 0 || rule.company_keys.includes(key))
      .filter((company_key) => {
        const payment: PaymentFacts = {
          amount_base: rule.amount_from ?? '0',
          category: rule.categories[0] ?? null,
          vendor_class: rule.vendor_classes[0] ?? 'known',
          company_key,
          band: rule.bands[0] ?? 'low',
        };
        const council = councilOf(people, payment, group_currency);
        const plan = (id: string) =>
          planFor({ ...document, rules: [rule] }, payment, council.covers(id));
        return !people.some(
          ({ user_id }) =>
            council.mayDecide(user_id) &&
            canBeConfirmed(plan(user_id), council, { decider: user_id, votes: [] }),
        );
      })
      .map((company_key) => ({ rule: rule.name, company_key })),
  );
}

function councilOf(people: readonly Person[], payment: PaymentFacts, currency: string): Council {
  const byId = new Map(people.map((one) => [one.user_id, one]));
  const { amount_base, company_key } = payment;
  const money = { amount: amount_base, currency, amount_base, base_currency: currency };
  return {
    people: byId,
    principals: new Map(),
    mayDecide: (id) => can(byId.get(id) ?? null, 'cases.decide', company_key),
    covers: (id) => {
      const person = byId.get(id);
      return person !== undefined && mayRelease(person, money);
    },
  };
}

/** A rule is unreachable when no payment there could be matches it first. */
function unreachable(document: PolicyDocument, companyKeys: readonly string[]): string[] {
  const bounds = document.rules.flatMap((rule) => [rule.amount_from, rule.amount_below]);
  const amounts = [...new Set(['0', ...bounds.filter((one) => one !== null)])];
  const categories = [...new Set([null, ...document.rules.flatMap((rule) => rule.categories)])];
  const reached = new Set<number>();
  let looked = 0;
  for (const company_key of companyKeys)
    for (const category of categories)
      for (const vendor_class of vendorClasses)
        for (const band of ['very_high', 'high', 'medium', 'low'] as const)
          for (const amount_base of [null, ...amounts]) {
            looked += 1;
            if (looked > cellLimit) return [];
            const payment = { amount_base, category, vendor_class, company_key, band };
            reached.add(document.rules.findIndex((rule) => matches(rule, payment)));
          }
  return document.rules.filter((_, index) => !reached.has(index)).map((rule) => rule.name);
}
