/** A year of ordinary mart rows for batteries that need many: hashed, so the same on every run. */
import { SmallMarts } from '../small-marts.ts';

export const asOf = '2026-11-20T14:00:00.000Z';
export const year = { from: '2025-11-20', to: '2026-11-21', asOf } as const;

/** Three companies, one of them without statements; some rows unknown, open, refused or reversed. */
export async function randomMarts(): Promise<SmallMarts> {
  const marts = await SmallMarts.open();
  for (const statement of statements) await marts.connection.run(statement);
  await marts.derive('kpi_');
  return marts;
}

const draw = (salt: number, range: number): string => `(hash(n, ${salt}) % ${range})::INTEGER`;
const keyOf = (text: string): string => `md5(${text})::UUID`;
const company = keyOf(`'company' || ${draw(1, 3)}`);
const vendor = keyOf(`'vendor' || ${draw(2, 40)}`);

const base = `
  from range(1, 3001) numbers(n),
    lateral (select
      '2025-11-20'::TIMESTAMP + to_hours(${draw(3, 8700)}) as received,
      ${draw(4, 1_000_000)}::DECIMAL(18,4) / 100 + 1 as amount,
      ${draw(5, 10)} as luck,
      ${draw(6, 45)} as pay_days,
      ${draw(7, 20)} as decide_days)`;

const isPaid = `luck <> 0 and received + to_days(pay_days) < '${asOf}'::TIMESTAMP`;
const isDecided = `luck <> 1 and received + to_days(decide_days) < '${asOf}'::TIMESTAMP`;

const statements = [
  `insert into company by name select ${keyOf(`'company' || n`)} as company_key, 'c' || n as company_id,
    'Company ' || n as name, 'EUR' as base_currency, 'erp' as source, 'b' as batch_id, n as source_row,
    '${asOf}'::TIMESTAMP as extracted_at from range(3) numbers(n)`,
  `insert into vendor by name select ${keyOf(`'vendor' || n`)} as vendor_key, 'v' || n as vendor_id,
    'Vendor ' || n as name, 'erp' as source, 'b' as batch_id, n as source_row,
    '${asOf}'::TIMESTAMP as extracted_at from range(40) numbers(n)`,
  `insert into batch values ('b1', 'erp', 'files', '${asOf}', 'landed', null),
    ('b2', 'bank', 'camt053', '2026-11-19T20:00:00', 'landed', null)`,
  `insert into invoice_flow by name select ${keyOf(`'invoice' || n`)} as invoice_key, 'i' || n as invoice_id,
    'erp' as source, ${company} as company_key, ${vendor} as vendor_key,
    case when luck = 9 and n % 3 = 0 then 'credit' else 'invoice' end as document_type,
    'INV-' || n as invoice_number, 'EUR' as currency, amount as amount_gross,
    case when n % 50 <> 0 then amount end as amount_base, 'category ' || n % 4 as category,
    case when n % 5 <> 0 then 'centre ' || n % 3 end as cost_center,
    (received - to_days(3))::DATE as invoiced_on, received as received_at,
    case when n % 6 <> 0 then received + to_days(luck % 3) end as entered_at,
    (received + to_days(27))::DATE as due_on,
    case when n % 4 = 0 then (received + to_days(10))::DATE end as discount_on,
    case when n % 4 = 0 then (amount * 0.02)::DECIMAL(18,4) end as discount_amount_base,
    n % 97 = 0 as is_reversed, ${keyOf(`'request' || n`)} as payment_request_key,
    received as requested_at, received as first_submitted_at,
    case when ${isDecided} then received + to_days(decide_days) end as approved_at,
    case when n % 7 <> 0 then luck // 4 end as human_touches,
    case when n % 7 <> 0 then luck = 5 end as has_exception,
    case when ${isPaid} then received + to_days(pay_days) end as paid_at,
    case when ${isPaid} then (received + to_days(pay_days))::DATE end as paid_on,
    case when ${isPaid} and n % 8 = 0 and pay_days <= 10 then (amount * 0.02)::DECIMAL(18,4)
      when ${isPaid} and n % 12 = 0 then 0 end as discount_taken_base,
    'channel ' || n % 3 as channel ${base}`,
  `insert into payment_flow by name select ${keyOf(`'request' || n`)} as payment_request_key,
    'PR-' || n as payment_request_id, 'erp' as source, ${company} as company_key, ${vendor} as vendor_key,
    ${keyOf(`'invoice' || n`)} as invoice_key, received as requested_at,
    (received + to_days(20))::DATE as scheduled_on, 'channel ' || n % 3 as channel, 'EUR' as currency,
    amount, case when n % 50 <> 0 then amount end as amount_base,
    case when ${isPaid} then 'paid' when ${isDecided} and luck = 2 then 'rejected'
      when ${isDecided} then 'approved' when luck = 3 then 'held' else 'in_approval' end as status,
    case when ${isDecided} then received + to_days(decide_days) else received end as status_at,
    'category ' || n % 4 as category,
    case when ${isDecided} then received + to_days(decide_days) end as last_approved_at,
    case when n % 3 = 0 then received - to_days(luck * 5) end as account_known_since,
    case when luck < 6 then 'email' else 'initial' end as account_requested_through,
    case when n % 2 = 0 then received - to_days(1) end as account_verified_at,
    case when ${isPaid} then received + to_days(pay_days) end as executed_at ${base}`,
  `insert into payment_fact by name select ${keyOf(`'payment' || n`)} as payment_key, ${company} as company_key,
    ${vendor} as vendor_key, ${keyOf(`'invoice' || n`)} as invoice_key, 'channel ' || n % 3 as channel,
    'EUR' as currency, amount, case when n % 50 <> 0 then amount end as amount_base,
    case when n % 3 <> 0 then 0.35::DECIMAL(18,4) end as fee_base,
    received + to_days(pay_days) as executed_at, (received + to_days(pay_days))::DATE as executed_on,
    luck < 8 as in_run, case when luck < 8 then 'run ' || n % 3 end as payment_run,
    amount as settled_amount, case when n % 9 = 0 then 'USD' else 'EUR' end as settled_currency,
    ${keyOf(`'request' || n`)} as payment_request_key, luck < 7 as is_reconciled,
    case when luck < 6 and ${draw(1, 3)} < 2 then ${keyOf(`'line' || n`)} end as bank_line_key,
    case when luck = 9 and n % 5 = 0 then 'returned' when n % 71 = 0 then 'cancelled'
      when n % 13 <> 0 then 'sent' end as status ${base} where ${isPaid}`,
  `insert into approval_trace by name select ${keyOf(`'trace' || n`)} as trace_key, 'erp' as source,
    ${keyOf(`'request' || n`)} as payment_request_key, 'Submission' as last_activity,
    'payment_approval' as process, 't' || n as trace_id, case when n % 11 <> 0 then ${company} end as company_key,
    4 as events, received as started_at, received + to_days(decide_days) as ended_at,
    not (${isDecided}) as is_open, case when luck = 4 then 1 else 0 end as rework_steps,
    case when luck = 2 then 1 else 0 end as rejections ${base}`,
  `insert into approval_step by name select ${keyOf(`'event' || n`)} as event_key, ${keyOf(`'trace' || n`)} as trace_key,
    'erp' as source, 'payment_approval' as process, 't' || n as trace_id, ${company} as company_key, 2 as position,
    'Approval' as activity, case when luck = 2 then 'rejected' when luck = 3 then 'submitted' else 'approved' end as action,
    'role ' || n % 3 as role, ${keyOf(`'actor' || n % 9`)} as actor_key,
    case when n % 10 = 0 and ${draw(1, 3)} < 2 then ${keyOf("'actor9'")} end as on_behalf_of_key,
    case when n % 4 <> 0 then received + to_days(decide_days) - to_seconds(luck * 20) end as assigned_at,
    case when n % 5 <> 0 then received end as previous_at, luck * 100.0 as wait_seconds,
    received + to_days(decide_days) as occurred_at ${base} where ${isDecided}`,
  `insert into finding by name select md5(detector || n)::UUID as finding_key, detector, 'risk' as kind, 'invoice' as subject,
    'p' as partition_key, ${keyOf(`'invoice' || n`)} as subject_key, ${keyOf(`'request' || n`)} as payment_request_key,
    ${company} as company_key, ${vendor} as vendor_key, 0.9 as score, amount as amount_at_stake,
    (amount / (1 + strlen(detector) % 3))::DECIMAL(18,4) as amount_at_stake_base, 'EUR' as currency, '[]'::JSON as reasons, []::UUID[] as evidence_keys,
    received as found_as_of ${base}, (select unnest(['duplicate_invoice_exact', 'self_approval', 'unusual_amount', 'just_below_limit']) as detector)
    where n % 17 = strlen(detector) % 5`,
  `insert into fx_day by name select day::DATE as rate_on, 'USD' as currency, 0.9 + day_of_year % 7 * 0.01 as rate
    from (select '2025-11-01'::TIMESTAMP + to_days(n::INTEGER) as day, dayofyear(day) as day_of_year
      from range(500) numbers(n))`,
  `insert into bank_match by name select ${keyOf("'bank line' || n")} as bank_line_key,
    case when luck < 6 then ${keyOf("'payment' || n")} end as payment_key,
    case when luck < 6 then 'end_to_end_id' end as rule, 'EUR' as currency, amount, amount as amount_base,
    (received + to_days(pay_days))::DATE as booked_on, ${company} as company_key ${base} where ${isPaid}`,
  `insert into bank_balance by name select ${keyOf("'balance' || n")} as bank_balance_key, 'b' || n as bank_balance_id,
    ${company} as company_key, 'account' as own_account_token, 's' || n as statement, 'closing' as kind,
    received::DATE as balance_on, 'EUR' as currency, amount - 1000 as amount, 'bank' as source, 'b' as batch_id,
    n as source_row, '${asOf}'::TIMESTAMP as extracted_at ${base} where n <= 200`,
  `insert into load_count values ('b1', 'erp', 'invoice', 1000, 990, 4, 6), ('b1', 'erp', 'vendor', 50, 50, 0, 0),
    ('b2', 'bank', 'line', 300, 299, 1, 0)`,
  `insert into control_total values ('b1', 'invoices', '1000.50', '1000.50'), ('b2', 'closing balance', '-20.00', '-19.90'),
    ('b2', 'lines', 'unreadable', '300')`,
  `insert into decision by name select ${keyOf("'decision' || n")} as decision_key, 'd' || n as decision_id,
    'Q-' || n // 2 as case_number, ${keyOf("case when n % 2 = 0 then 'request' || n else 'invoice' || n end")}::VARCHAR as subject_key,
    case luck when 0 then 'fraud' when 1 then 'error' when 2 then 'policy_breach' when 3 then 'unsure' else 'false_alarm' end as verdict,
    case when luck < 2 then 'reject' when luck = 2 then 'hold' else 'release' end as action,
    received as decided_at, 'quittance' as source, 'b' as batch_id, n as source_row,
    '${asOf}'::TIMESTAMP as extracted_at ${base} where n <= 400`,
];
