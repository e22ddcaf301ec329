import type { VendorClass } from './policy-document.ts';

/** What the approval policy and the segregation of duties know about a case; keys are of employees. */
export interface CaseFacts {
  readonly category: string | null;
  readonly vendor_class: VendorClass;
  /** Who asked for the payment or entered its invoice. */
  readonly requesters: readonly string[];
  /** Who wrote the vendor's master data shortly before. */
  readonly vendor_editors: readonly string[];
  /** Who approved it in the source system. */
  readonly approvers: readonly string[];
}

export const duties = ['requester', 'vendor_editor', 'approver'] as const;
/** A duty that excludes releasing the same payment. */
export type Duty = (typeof duties)[number];

/** The duty somebody had in this payment already, by any account they hold in the source system. */
export function dutyIn(facts: Partial<CaseFacts>, employeeKeys: readonly string[]): Duty | null {
  const held = {
    requester: facts.requesters,
    vendor_editor: facts.vendor_editors,
    approver: facts.approvers,
  } satisfies Record<Duty, readonly string[] | undefined>;
  return duties.find((duty) => held[duty]?.some((key) => employeeKeys.includes(key))) ?? null;
}
