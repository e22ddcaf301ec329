import type { Parameter } from '#analytics/table.ts';
import type { Person } from '../auth/person.ts';

/** Condition that keeps rows to the entities a person may see; bind it with `companyScope`. */
export const inCompanies = (column = 'company_key'): string =>
  `($every_company or ${column}::varchar in (select unnest($company_keys)))`;

/** Values of `inCompanies` for a person or a page's scope: null is all entities, an empty list none. */
export function companyScope(
  person: Pick<Person, 'company_keys'>,
): Record<'every_company' | 'company_keys', Parameter> {
  return {
    every_company: person.company_keys === null,
    company_keys: person.company_keys ?? [],
  };
}
