import type { IconName } from '#lib/components/icons.ts';
import { m } from '#lib/paraglide/messages.js';

/** A page of the rail. `key` follows G on the keyboard. */
export interface Page {
  readonly href: string;
  readonly icon: IconName;
  readonly key: string;
  readonly name: () => string;
}

/** In the order of the rail. The server says which of them a person may open. */
export const pages: readonly Page[] = [
  { href: '/overview', icon: 'overview', key: 'o', name: m.shell_page_overview },
  { href: '/approvals', icon: 'approvals', key: 'f', name: m.shell_page_approvals },
  { href: '/payments', icon: 'payments', key: 'p', name: m.shell_page_payments },
  { href: '/mine', icon: 'check', key: 'm', name: m.factor_mine },
  { href: '/triage', icon: 'triage', key: 'q', name: m.shell_page_triage },
  { href: '/strategy', icon: 'strategy', key: 's', name: m.shell_page_strategy },
  { href: '/reports', icon: 'reports', key: 'r', name: m.digest_title },
  { href: '/rules', icon: 'rules', key: 'm', name: m.shell_page_rules },
  { href: '/data', icon: 'data', key: 'd', name: m.shell_page_data },
  { href: '/admin', icon: 'admin', key: 'c', name: m.control_title },
  { href: '/audit', icon: 'audit', key: 'u', name: m.shell_page_audit },
];
