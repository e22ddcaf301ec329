import type { Staging } from '../../connector.ts';
import type { CamtSettings } from './connector.ts';

/** References by which banks and payers say that there is none. */
const placeholders = [
  'NOTPROVIDED',
  'NOT PROVIDED',
  'NONREF',
  'NOREF',
  'NONE',
  'NOTAVAILABLE',
  'N/A',
  'UNKNOWN',
  '-',
  '.',
];

/**
 * Bank lines and balances.
 *
 * Definition  A line's identity is what the bank says of it (account, days, amount, references,
 *             remittance, counterparty) and, for equal lines of one file, its occurrence. Banks reuse or
 *             leave out ids, and files overlap: the same line in two files is one line, two equal
 *             lines in one file are two.
 */
export function camtStaging(settings: CamtSettings): Staging[] {
  return [
    { record: 'bank_line', streams: ['entry'], sql: bankLine(settings) },
    { record: 'bank_balance', streams: ['balance'], sql: bankBalance(settings) },
  ];
}

function bankLine(settings: CamtSettings): string {
  return `
with line as (
  select
    *,
    ${reference('end_to_end_id')} as payer_reference,
    ${reference('bank_reference')} as servicer_reference,
    ${reference('transaction_id')} as clearing_reference,
    ${signedAmount} as signed_amount
  from entry
),
fingerprint as (
  select
    *,
    md5(concat_ws(chr(31),
      coalesce(normal_number(account), ''), coalesce(booking_date, ''), coalesce(value_date, ''),
      -- '10.5' and '10.50' are one amount; what is no number stands for itself. The narrow cast is the fast one.
      coalesce(
        try_cast(signed_amount as decimal(18, 9))::varchar, try_cast(signed_amount as decimal(38, 9))::varchar,
        signed_amount, ''
      ), coalesce(currency, ''),
      coalesce(servicer_reference, clearing_reference, payer_reference, ''), coalesce(payer_reference, ''),
      coalesce(normal_name(remittance), ''), coalesce(normal_number(counterparty_account), '')
    )) as line_fingerprint
  from line
)
select
  line_fingerprint || '-' || row_number() over (partition by _batch_id, _file, line_fingerprint order by _row) as bank_line_id,
  ${companyOf(settings)} as company_id,
  account_token(account) as own_account_token,
  last4(account) as own_account_last4,
  statement,
  booking_date as booked_on,
  value_date as value_on,
  upper(currency) as currency,
  signed_amount as amount,
  case upper(status)
    when 'BOOK' then 'booked' when 'PDNG' then 'pending' when 'FUTR' then 'pending' when 'INFO' then 'information'
    else coalesce(status, 'booked')
  end as status,
  coalesce(reversal, 'false') as reversal,
  payer_reference as end_to_end_id,
  coalesce(servicer_reference, clearing_reference) as bank_reference,
  transaction_code,
  counterparty_name,
  account_token(counterparty_account) as counterparty_token,
  remittance,
  charges as fee_amount,
  _row,
  _batch_id
from fingerprint`;
}

function bankBalance(settings: CamtSettings): string {
  return `
select
  concat_ws('|', account_token(account), coalesce(statement, ''), coalesce(code, ''), coalesce(balance_date, ''),
    coalesce(currency, ''), row_number() over (
      partition by _batch_id, account, statement, code, balance_date, currency order by _row)) as bank_balance_id,
  ${companyOf(settings)} as company_id,
  account_token(account) as own_account_token,
  statement,
  case
    when code in ('OPBD', 'PRCD') then 'opening'
    when code = 'CLBD' then 'closing'
    when code in ('CLAV', 'OPAV', 'FWAV', 'ITAV') then 'available'
    else 'other'
  end as kind,
  balance_date as balance_on,
  upper(currency) as currency,
  ${signedAmount} as amount,
  _row,
  _batch_id
from balance`;
}

/** The amount with its direction; one without direction keeps its text behind a mark, to be rejected. */
const signedAmount = `case credit_debit
    when 'CRDT' then amount
    when 'DBIT' then case when amount like '-%' then substr(amount, 2) else '-' || amount end
    else amount || ' without credit or debit mark'
  end`;

function reference(column: string): string {
  return `case when upper(trim(${column})) not in (${placeholders.map(literal).join(', ')}) then nullif(trim(${column}), '') end`;
}

function companyOf({ accounts, company }: CamtSettings): string {
  const cases = Object.entries(accounts).map(
    ([account, id]) => `when normal_number(${literal(account)}) then ${literal(id)}`,
  );
  const other = company === undefined ? 'null' : literal(company);
  return cases.length === 0
    ? other
    : `case normal_number(account) ${cases.join(' ')} else ${other} end`;
}

function literal(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
