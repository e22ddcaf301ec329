import type { Queryable } from '#analytics/table.ts';
import type { Role } from '../auth/permissions.ts';
import { rolesInConflict } from '../state/access-change.ts';
import type { Queries } from '../state/database.ts';

/** What one account may do, and when it last did something. */
export interface AccessRow {
  readonly user_id: string;
  readonly name: string;
  readonly email: string;
  readonly roles: readonly Role[];
  readonly company_keys: readonly string[] | null;
  readonly approval_limit: string | null;
  readonly limit_currency: string | null;
  readonly active: boolean;
  readonly last_seen_at: string | null;
  readonly last_decided_at: string | null;
  /** A change that waits for a second person. */
  readonly is_asked: boolean;
  readonly conflicts: readonly (readonly [Role, Role])[];
}

/** Every account, the active ones first. */
export async function listAccess(queries: Queries): Promise<AccessRow[]> {
  const rows = await queries.query<Omit<AccessRow, 'conflicts'>>(
    `select u.id as user_id, u.name, u.email, p.roles, p.company_keys, p.approval_limit,
       p.limit_currency, p.active,
       (select max(l.at) from audit_log l where l.subject = u.email and l.action = 'person.signed_in') as last_seen_at,
       greatest((select max(d.decided_at) from decision d where d.decided_by = u.id),
         (select max(a.answered_at) from confirmation_answer a where a.answered_by = u.id)) as last_decided_at,
       exists (select from confirmation r where r.kind = 'access' and r.subject = u.id and r.state = 'pending') as is_asked
     from "user" u join app_user p on p.user_id = u.id
     order by not p.active, u.name, u.id`,
  );
  return rows.map((row) => ({ ...row, conflicts: rolesInConflict(row.roles) }));
}

/** Every entity, for who administers and may see none of their data. */
export async function companiesAll(
  warehouse: Queryable,
): Promise<{ value: string; text: string }[]> {
  const rows = await warehouse.rows(
    'select company_key::varchar as company_key, name from company order by name, company_key',
  );
  return rows.map((row) => ({ value: String(row['company_key']), text: String(row['name']) }));
}
