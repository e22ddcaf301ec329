import type { Person } from './person.ts';

/** Roles a person can hold; several add up. */
export const roles = ['cfo', 'analyst', 'risk', 'approver', 'auditor', 'admin'] as const;
export type Role = (typeof roles)[number];

/** What can be done. `public` and `account` need no role: anybody, and anybody signed in. */
export const permissions = [
  'overview.read',
  'goals.manage',
  'approvals.read',
  'payments.read',
  'cases.read',
  'cases.comment',
  'cases.decide',
  'strategy.read',
  'data.read',
  'data.manage',
  'audit.read',
  'digest.read',
  'people.manage',
  'confirmations.read',
  'policy.read',
  'policy.change',
  'policy.confirm',
  'delegations.manage',
  'access.read',
  'access.confirm',
  'access.sign_off',
  'rules.read',
  'rules.change',
  'rules.confirm',
] as const;
export type Permission = (typeof permissions)[number];

const readers = [
  'overview.read',
  'approvals.read',
  'payments.read',
  'cases.read',
  'strategy.read',
  'data.read',
  'digest.read',
] as const satisfies readonly Permission[];

/** Segregation of duties: who decides does not administer, who audits or administers does not decide. */
const granted = {
  cfo: [
    ...readers,
    'goals.manage',
    'cases.comment',
    'cases.decide',
    'audit.read',
    'confirmations.read',
    'policy.read',
    'policy.change',
    'policy.confirm',
    'delegations.manage',
    'access.read',
    'access.confirm',
    'access.sign_off',
  ],
  analyst: [
    ...readers,
    'goals.manage',
    'cases.comment',
    'data.manage',
    'rules.read',
    'rules.change',
  ],
  risk: [
    ...readers,
    'cases.comment',
    'cases.decide',
    'confirmations.read',
    'policy.read',
    'policy.change',
    'delegations.manage',
    'rules.read',
    'rules.change',
    'rules.confirm',
  ],
  approver: [
    'approvals.read',
    'payments.read',
    'cases.read',
    'cases.comment',
    'cases.decide',
    'confirmations.read',
    'delegations.manage',
  ],
  auditor: [
    ...readers,
    'audit.read',
    'confirmations.read',
    'policy.read',
    'access.read',
    'access.sign_off',
  ],
  admin: [
    'data.read',
    'data.manage',
    'people.manage',
    'digest.read',
    'confirmations.read',
    'policy.read',
    'policy.change',
    'policy.confirm',
    'access.read',
    'access.confirm',
    'rules.read',
    'rules.confirm',
  ],
} as const satisfies Record<Role, readonly Permission[]>;

/** True when one of the roles grants the permission. */
export function grants(heldRoles: readonly Role[], permission: Permission): boolean {
  return heldRoles.some((role) => (granted[role] as readonly Permission[]).includes(permission));
}

/** May this person do it, and about this legal entity when one is named? Unknown entity: only with full scope. */
export function can(
  person: Person | null,
  permission: Permission,
  companyKey?: string | null,
): boolean {
  if (person === null || !grants(person.roles, permission)) return false;
  if (companyKey === undefined || person.company_keys === null) return true;
  return companyKey !== null && person.company_keys.includes(companyKey);
}

const homes = {
  cfo: '/overview',
  risk: '/triage',
  approver: '/mine',
  analyst: '/approvals',
  auditor: '/audit',
  admin: '/data',
} as const satisfies Record<Role, string>;

/** Where a person starts: the page of the first role held, in the order of `homes`; the account without one. */
export function homeOf(person: Person): string {
  const role = (Object.keys(homes) as Role[]).find((name) => person.roles.includes(name));
  return role === undefined ? '/account' : homes[role];
}
