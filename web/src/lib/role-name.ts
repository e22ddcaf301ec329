import { m } from '#lib/paraglide/messages.js';

const names: Readonly<Record<string, () => string>> = {
  cfo: m.shell_role_cfo,
  analyst: m.shell_role_analyst,
  risk: m.shell_role_risk,
  approver: m.shell_role_approver,
  auditor: m.shell_role_auditor,
  admin: m.shell_role_admin,
};

/** A role in words. */
export const roleName = (role: string): string => names[role]?.() ?? role;
