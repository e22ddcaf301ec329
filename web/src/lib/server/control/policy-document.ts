import * as v from 'valibot';
import { bands, type Band } from '#analytics/stories.ts';
import { roles } from '../auth/permissions.ts';
import { tenThousandths } from '../decimal.ts';
import { stageModes, type Because, type Plan, type Stage } from './approval-plan.ts';

export const vendorClasses = ['new', 'account_changed', 'known'] as const;
/** What is special about the payee: first payment, account changed lately, or neither. */
export type VendorClass = (typeof vendorClasses)[number];

/** Limits that keep a policy readable and its checks fast. */
export const ruleLimit = 60;
const stageLimit = 5;
const slotLimit = 8;

const amount = v.pipe(
  v.string(),
  v.regex(/^\d{1,14}(\.\d{1,4})?$/, 'expected an amount such as 25000 or 1250.50'),
);

const slot = v.object({
  role: v.nullable(v.picklist(roles)),
  user_id: v.nullable(v.pipe(v.string(), v.maxLength(64))),
});

const stage = v.pipe(
  v.object({
    name: v.pipe(v.string(), v.trim(), v.nonEmpty(), v.maxLength(80)),
    mode: v.picklist(stageModes),
    k: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(slotLimit)),
    slots: v.pipe(v.array(slot), v.minLength(1, 'stage_empty'), v.maxLength(slotLimit)),
  }),
  v.check((one) => one.mode !== 'k_of_n' || one.k <= one.slots.length, 'stage_k'),
);

const rule = v.pipe(
  v.object({
    name: v.pipe(v.string(), v.trim(), v.nonEmpty(), v.maxLength(80)),
    amount_from: v.nullable(amount),
    amount_below: v.nullable(amount),
    categories: v.array(v.pipe(v.string(), v.maxLength(120))),
    vendor_classes: v.array(v.picklist(vendorClasses)),
    company_keys: v.array(v.pipe(v.string(), v.uuid())),
    bands: v.array(v.picklist(bands)),
    stages: v.pipe(v.array(stage), v.maxLength(stageLimit)),
  }),
  v.check(
    (one) =>
      one.amount_from === null ||
      one.amount_below === null ||
      tenThousandths(one.amount_from) < tenThousandths(one.amount_below),
    'rule_band',
  ),
);

/**
 * The approval policy: the first rule that matches says which stages a release goes through.
 * Amounts are in the group currency. High risk, an amount above one's limit and `two_persons_from`
 * take a second person whatever the rules say.
 */
export const policyDocument = v.object({
  two_persons_from: v.nullable(amount),
  /** From this amount on a release is signed with the passkey of everybody who decides it. */
  signed_from: v.optional(v.nullable(amount)),
  rules: v.pipe(v.array(rule), v.maxLength(ruleLimit)),
});
export type PolicyDocument = v.InferOutput<typeof policyDocument>;
export type PolicyRule = PolicyDocument['rules'][number];

/** In force until the first version goes live. */
export const firstPolicy: PolicyDocument = { two_persons_from: '100000', rules: [] };

/** What the rules look at. An amount nobody knows counts as above every bound. */
export interface PaymentFacts {
  readonly amount_base: string | null;
  readonly category: string | null;
  readonly vendor_class: VendorClass;
  readonly company_key: string;
  readonly band: Band;
}

/** Anybody else who may decide about the entity. */
export const anybodyElse: Stage = {
  name: 'second_person',
  mode: 'k_of_n',
  k: 1,
  slots: [{ role: null, user_id: null }],
};

/** Who must confirm the release of this payment when somebody decides it who does, or does not, have the limit. */
export function planFor(document: PolicyDocument, payment: PaymentFacts, covered: boolean): Plan {
  const matched = document.rules.find((one) => matches(one, payment)) ?? null;
  const because: Because[] = [];
  if (!covered) because.push('above_limit');
  if (payment.band === 'very_high' || payment.band === 'high') because.push('high_risk');
  if (
    document.two_persons_from !== null &&
    (payment.amount_base === null || !isBelow(payment.amount_base, document.two_persons_from))
  ) {
    because.push('two_person_amount');
  }
  const stages = matched?.stages ?? [];
  if (stages.length > 0)
    return { stages, because: [...because, 'policy'], rule: matched?.name ?? null };
  return {
    stages: because.length > 0 ? [anybodyElse] : [],
    because,
    rule: matched?.name ?? null,
  };
}

/** Whether a rule is about this payment. */
export function matches(one: PolicyRule, payment: PaymentFacts): boolean {
  const { amount_base } = payment;
  if (one.amount_from !== null && amount_base !== null && isBelow(amount_base, one.amount_from)) {
    return false;
  }
  if (
    one.amount_below !== null &&
    (amount_base === null || !isBelow(amount_base, one.amount_below))
  ) {
    return false;
  }
  return (
    isAmong(one.categories, payment.category) &&
    isAmong(one.vendor_classes, payment.vendor_class) &&
    isAmong(one.company_keys, payment.company_key) &&
    isAmong(one.bands, payment.band)
  );
}

function isAmong(wanted: readonly string[], value: string | null): boolean {
  return wanted.length === 0 || (value !== null && wanted.includes(value));
}

function isBelow(value: string, bound: string): boolean {
  return tenThousandths(value) < tenThousandths(bound);
}
