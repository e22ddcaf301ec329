import { application } from '../application.ts';
import { companyKeys } from '../reads/frame.ts';
import { changeAccess } from '../state/access-change.ts';
import type { ChangeEffect, ChangeKind } from '../state/changes.ts';
import { putPolicyInForce } from '../state/policy.ts';
import { putRuleInForce } from '../state/rules-in-force.ts';
import { putStandingInForce } from '../state/standing-decisions.ts';

/** The entities and the currency a policy is checked against. */
export async function entities(): Promise<{ company_keys: string[]; group_currency: string }> {
  const { warehouse, configuration } = application();
  return {
    company_keys: await companyKeys(warehouse),
    group_currency: configuration.group_currency,
  };
}

/** What a confirmed change does, by its kind. */
export const changeEffects: Readonly<Record<ChangeKind, ChangeEffect>> = {
  policy: putPolicyInForce(entities),
  standing_decision: putStandingInForce,
  access: changeAccess,
  rule: putRuleInForce,
};
