import type { Queryable } from '#analytics/table.ts';
import type { Person } from '../auth/person.ts';
import { companyScope, inCompanies } from './company-scope.ts';

/** Another document that proves a finding, e.g. the first of two invoices. */
export interface Evidence {
  readonly invoice_key: string;
  readonly vendor_name: string | null;
  readonly invoice_number: string | null;
  readonly invoiced_on: string | null;
  readonly amount_gross: string;
  readonly currency: string;
  readonly paid_on: string | null;
  readonly payment_request_key: string | null;
  readonly document_number: string | null;
}

const evidenceLimit = 12;

/** The invoices that the findings of a case point at, within the person's entities. */
export async function readEvidence(
  warehouse: Queryable,
  person: Person,
  findingKeys: readonly string[],
): Promise<Evidence[]> {
  if (findingKeys.length === 0) return [];
  const rows = await warehouse.rows(
    `with evidence as (
       select distinct unnest(evidence_keys) as key from finding
       where finding_key::varchar in (select unnest($finding_keys))
     )
     select invoice.invoice_key::varchar as invoice_key, vendor.name as vendor_name,
       invoice.invoice_number, invoice.invoiced_on, invoice.amount_gross, invoice.currency,
       invoice.paid_on, invoice.payment_request_key::varchar as payment_request_key,
       invoice.document_number
     from evidence
     join invoice_flow as invoice
       on invoice.invoice_key = evidence.key or invoice.payment_request_key = evidence.key
     left join vendor using (vendor_key)
     where ${inCompanies('invoice.company_key')}
     order by invoice.invoiced_on, invoice.invoice_key limit ${evidenceLimit}`,
    { finding_keys: [...findingKeys], ...companyScope(person) },
  );
  return rows as unknown as Evidence[];
}
