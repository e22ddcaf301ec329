import type { Queryable, Row } from '#analytics/table.ts';
import type { Person } from '../auth/person.ts';
import { companyScope, inCompanies } from './company-scope.ts';
import { messageText } from '../message-text.ts';
import { channelText } from './reason-text.ts';

/** What a decision compares with: the request as the person saw it. */
export interface RequestState {
  readonly status: string;
  readonly status_version: number;
}

/** States of payment requests by key, within the person's entities. */
export async function requestStates(
  warehouse: Queryable,
  person: Person,
  keys: readonly string[],
): Promise<ReadonlyMap<string, RequestState>> {
  if (keys.length === 0) return new Map();
  const rows = await warehouse.rows(
    `select payment_request_key::varchar as key, status, status_version from payment_flow
     where payment_request_key::varchar in (select unnest($keys)) and ${inCompanies()}`,
    { keys: [...keys], ...companyScope(person) },
  );
  return new Map(
    rows.map((row) => [
      String(row['key']),
      { status: String(row['status']), status_version: Number(row['status_version'] ?? 0) },
    ]),
  );
}

/** The payment request of a case, as the source systems know it. */
export interface CasePayment {
  readonly payment_request_key: string;
  readonly payment_request_id: string;
  readonly vendor_name: string | null;
  readonly amount: string;
  readonly currency: string;
  readonly amount_base: string | null;
  /** In the reader's language. */
  readonly channel: string | null;
  readonly status_text: string;
  readonly status: string;
  readonly status_version: number;
  readonly invoice_number: string | null;
  readonly category: string | null;
  readonly description: string | null;
  readonly requested_at: string;
  readonly scheduled_on: string | null;
  readonly received_at: string | null;
  readonly due_on: string | null;
  readonly executed_at: string | null;
  readonly account_changed_by_key: string | null;
  readonly requested_by_key: string | null;
}

/** One payment request; null when unknown or outside the person's entities. */
export async function readCasePayment(
  warehouse: Queryable,
  person: Person,
  key: string | null,
): Promise<CasePayment | null> {
  if (key === null) return null;
  const rows = await warehouse.rows(
    `select payment_request_key::varchar as payment_request_key, payment_request_id, vendor_name,
       amount, currency, amount_base, channel, status, coalesce(status_version, 0) as status_version,
       invoice_number, category, description, requested_at, scheduled_on, received_at, due_on,
       executed_at, account_changed_by_key::varchar as account_changed_by_key,
       requested_by_key::varchar as requested_by_key
     from payment_flow where payment_request_key = $key::uuid and ${inCompanies()}`,
    { key, ...companyScope(person) },
  );
  const [row] = rows;
  if (row === undefined) return null;
  return {
    ...row,
    channel: typeof row['channel'] === 'string' ? channelText(row['channel']) : null,
    status_text: messageText('payments_status_', String(row['status'])),
  } as unknown as CasePayment;
}

/** A bank account of a vendor, without anything that would let somebody pay to it. */
export interface AccountPeriod {
  readonly account_last4: string | null;
  readonly account_country: string | null;
  readonly bank_name: string | null;
  readonly valid_from: string | null;
  readonly changed_by_name: string | null;
  readonly requested_through: string | null;
  readonly verified_at: string | null;
  readonly payment_count: number;
}

/** The account a request would pay and the one it replaced. */
export interface AccountChange {
  readonly now: AccountPeriod;
  readonly before: AccountPeriod | null;
}

/** Tokens of accounts stay on the server: they are only compared. */
export async function readAccountChange(
  warehouse: Queryable,
  person: Person,
  key: string | null,
): Promise<AccountChange | null> {
  if (key === null) return null;
  const rows = await warehouse.rows(
    `with request as (
       select vendor_key, account_token, requested_at
       from payment_flow where payment_request_key = $key::uuid and ${inCompanies()}
     ),
     known as (
       select account.*,
         (select count(*) from payment where payment.vendor_key = account.vendor_key
            and payment.account_token = account.account_token
            and payment.executed_at < request.requested_at
            and ${inCompanies('payment.company_key')}) as payment_count
       from request join vendor_account as account
         on account.vendor_key = request.vendor_key and account.valid_from <= request.requested_at
     )
     select known.account_last4, known.account_country, known.bank_name, known.valid_from,
       employee.name as changed_by_name, known.requested_through, known.verified_at,
       known.payment_count
     from known left join employee on employee.employee_key = known.changed_by_key
     order by known.valid_from desc, known.position desc limit 2`,
    { key, ...companyScope(person) },
  );
  const [now, before] = rows;
  if (now === undefined) return null;
  return { now: accountPeriod(now), before: before === undefined ? null : accountPeriod(before) };
}

function accountPeriod({ requested_through, ...row }: Row): AccountPeriod {
  const through = typeof requested_through === 'string' ? channelText(requested_through) : null;
  return { ...row, requested_through: through } as unknown as AccountPeriod;
}
