import type { Decimal } from './decimal.ts';
import { addDecimals, decimalOf, decimalText, negated } from './decimal.ts';
import { child, childrenOf, textAt, type XmlElement } from './xml-elements.ts';

/** Columns of stream `entry`: one row per booking line, texts as the bank wrote them. */
export const entryColumns = [
  'account',
  'account_currency',
  'statement',
  'statement_created_at',
  'entry',
  'entry_reference',
  'amount',
  'currency',
  'credit_debit',
  'reversal',
  'status',
  'booking_date',
  'value_date',
  'bank_reference',
  'transaction_code',
  'end_to_end_id',
  'transaction_id',
  'instruction_id',
  'uetr',
  'counterparty_name',
  'counterparty_account',
  'remittance',
  'charges',
] as const;
export type EntryRow = Record<(typeof entryColumns)[number], string | null>;

/** Columns of stream `balance`. */
export const balanceColumns = [
  'account',
  'statement',
  'code',
  'amount',
  'currency',
  'credit_debit',
  'balance_date',
] as const;
export type BalanceRow = Record<(typeof balanceColumns)[number], string | null>;

/** A statement while it streams by. */
export interface Statement {
  id: string | null;
  account: string | null;
  accountCurrency: string | null;
  createdAt: string | null;
  /** Pages other than a complete statement cannot be added up. */
  isPart: boolean;
  entries: number;
  readonly balances: BalanceRow[];
  /** Sum of the booked entries by currency. */
  readonly booked: Map<string, Decimal>;
  /** Set when an amount cannot be read, so that the sum says nothing. */
  unreadable: boolean;
}

/** A statement without anything yet. */
export function newStatement(): Statement {
  return {
    id: null,
    account: null,
    accountCurrency: null,
    createdAt: null,
    isPart: false,
    entries: 0,
    balances: [],
    booked: new Map(),
    unreadable: false,
  };
}

/** The account of a statement: its IBAN or whatever else the bank calls it. */
export function readAccount(statement: Statement, account: XmlElement): void {
  statement.account = accountNumber(account);
  statement.accountCurrency = textAt(account, 'Ccy');
}

/** A balance of a statement. */
export function readBalance(statement: Statement, balance: XmlElement): void {
  statement.balances.push({
    account: statement.account,
    statement: statement.id,
    code:
      textAt(balance, 'Tp', 'CdOrPrtry', 'Cd') ??
      textAt(balance, 'Tp', 'CdOrPrtry', 'Prtry') ??
      textAt(balance, 'Tp', 'Cd'),
    amount: textAt(balance, 'Amt'),
    currency: child(balance, 'Amt')?.attributes['Ccy'] ?? statement.accountCurrency,
    credit_debit: textAt(balance, 'CdtDbtInd'),
    balance_date: dateAt(balance, 'Dt'),
  });
}

/**
 * The lines of an entry: one per transaction when the bank gives each its amount and they add up to
 * the entry, otherwise the entry itself.
 */
export function readEntry(
  statement: Statement,
  entry: XmlElement,
  details: readonly XmlElement[],
): EntryRow[] {
  statement.entries++;
  const currency = child(entry, 'Amt')?.attributes['Ccy'] ?? statement.accountCurrency;
  const row = entryRow(statement, entry, currency);
  addBooked(statement, row);
  const [only] = details;
  if (details.length === 1 && only)
    return [
      { ...row, ...detailColumns(only, row), charges: chargesOf(only, currency) ?? row.charges },
    ];
  const split = details.map((detail) => detailRow(row, detail));
  return details.length > 1 && addsUp(row, split) ? split : [row];
}

/**
 * Opening + booked entries against closing, when the statement is all in one currency.
 *
 * Shape  undefined when there is nothing to check, else both as exact decimal text.
 */
export function balanceCheck(
  statement: Statement,
): { expected: string; actual: string; currency: string } | undefined {
  if (statement.isPart || statement.unreadable) return undefined;
  const opening = balanceOf(statement, 'OPBD') ?? balanceOf(statement, 'PRCD');
  const closing = balanceOf(statement, 'CLBD');
  if (!opening || !closing || opening.currency !== closing.currency) return undefined;
  if ([...statement.booked.keys()].some((currency) => currency !== opening.currency))
    return undefined;
  const booked = statement.booked.get(opening.currency) ?? decimalOf('0');
  if (!booked) return undefined;
  return {
    expected: decimalText(closing.amount),
    actual: decimalText(addDecimals(opening.amount, booked)),
    currency: opening.currency,
  };
}

function balanceOf(
  statement: Statement,
  code: string,
): { amount: Decimal; currency: string } | undefined {
  const found = statement.balances.find((balance) => balance.code === code);
  const amount = signed(found?.amount ?? null, found?.credit_debit ?? null);
  return amount && found?.currency ? { amount, currency: found.currency } : undefined;
}

function addBooked(statement: Statement, row: EntryRow): void {
  if (row.status !== null && row.status !== 'BOOK') return;
  const amount = signed(row.amount, row.credit_debit);
  if (!amount || row.currency === null) {
    statement.unreadable = true;
    return;
  }
  const known = statement.booked.get(row.currency);
  statement.booked.set(row.currency, known ? addDecimals(known, amount) : amount);
}

function signed(amount: string | null, creditDebit: string | null): Decimal | undefined {
  const value = amount === null ? undefined : decimalOf(amount);
  if (!value || (creditDebit !== 'CRDT' && creditDebit !== 'DBIT')) return undefined;
  return creditDebit === 'DBIT' ? negated(value) : value;
}

function addsUp(row: EntryRow, split: readonly EntryRow[]): boolean {
  const whole = signed(row.amount, row.credit_debit);
  let sum = decimalOf('0');
  for (const line of split) {
    const amount = signed(line.amount, line.credit_debit);
    if (!amount || !sum || line.currency !== row.currency) return false;
    sum = addDecimals(sum, amount);
  }
  return whole !== undefined && sum !== undefined && decimalText(whole) === decimalText(sum);
}

function entryRow(statement: Statement, entry: XmlElement, currency: string | null): EntryRow {
  return {
    account: statement.account,
    account_currency: statement.accountCurrency,
    statement: statement.id,
    statement_created_at: statement.createdAt,
    entry: String(statement.entries),
    entry_reference: textAt(entry, 'NtryRef'),
    amount: textAt(entry, 'Amt'),
    currency,
    credit_debit: textAt(entry, 'CdtDbtInd'),
    reversal: textAt(entry, 'RvslInd'),
    status: textAt(entry, 'Sts', 'Cd') ?? textAt(entry, 'Sts'),
    booking_date: dateAt(entry, 'BookgDt'),
    value_date: dateAt(entry, 'ValDt'),
    bank_reference: textAt(entry, 'AcctSvcrRef'),
    transaction_code: transactionCode(child(entry, 'BkTxCd')),
    end_to_end_id: null,
    transaction_id: null,
    instruction_id: null,
    uetr: null,
    counterparty_name: null,
    counterparty_account: null,
    remittance: textAt(entry, 'AddtlNtryInf'),
    charges: chargesOf(entry, currency),
  };
}

/** A line of its own for one transaction of a batch. */
function detailRow(row: EntryRow, detail: XmlElement): EntryRow {
  const amount =
    child(detail, 'Amt') ??
    child(detail, 'AmtDtls', 'TxAmt', 'Amt') ??
    child(detail, 'AmtDtls', 'InstdAmt', 'Amt');
  const currency = amount?.attributes['Ccy'] ?? row.currency;
  return {
    ...row,
    ...detailColumns(detail, row),
    amount: amount?.text.trim() ?? null,
    currency,
    credit_debit: textAt(detail, 'CdtDbtInd') ?? row.credit_debit,
    charges: chargesOf(detail, currency),
  };
}

function detailColumns(detail: XmlElement, row: EntryRow): Partial<EntryRow> {
  const references = child(detail, 'Refs');
  const parties = child(detail, 'RltdPties');
  const isDebit = (textAt(detail, 'CdtDbtInd') ?? row.credit_debit) === 'DBIT';
  const other = isDebit ? ['Cdtr', 'UltmtCdtr', 'CdtrAcct'] : ['Dbtr', 'UltmtDbtr', 'DbtrAcct'];
  const [party = '', ultimate = '', account = ''] = other;
  return {
    bank_reference: textAt(references, 'AcctSvcrRef') ?? row.bank_reference,
    transaction_code: transactionCode(child(detail, 'BkTxCd')) ?? row.transaction_code,
    end_to_end_id: textAt(references, 'EndToEndId'),
    transaction_id: textAt(references, 'TxId'),
    instruction_id: textAt(references, 'InstrId'),
    uetr: textAt(references, 'UETR'),
    counterparty_name: partyName(child(parties, party)) ?? partyName(child(parties, ultimate)),
    counterparty_account: accountNumber(child(parties, account)),
    remittance: remittanceOf(detail) ?? textAt(detail, 'AddtlTxInf') ?? row.remittance,
  };
}

/** Version .08 puts the name below `Pty` or `Agt`. */
function partyName(party: XmlElement | undefined): string | null {
  return (
    textAt(party, 'Nm') ?? textAt(party, 'Pty', 'Nm') ?? textAt(party, 'Agt', 'FinInstnId', 'Nm')
  );
}

function accountNumber(account: XmlElement | undefined): string | null {
  return (
    textAt(account, 'Id', 'IBAN') ??
    textAt(account, 'Id', 'Othr', 'Id') ??
    textAt(account, 'Id', 'PrtryAcct', 'Id')
  );
}

function remittanceOf(detail: XmlElement): string | null {
  const information = child(detail, 'RmtInf');
  const texts = childrenOf(information, 'Ustrd').map((one) => one.text.trim());
  for (const structured of childrenOf(information, 'Strd')) {
    texts.push(textAt(structured, 'CdtrRefInf', 'Ref') ?? '');
    for (const document of childrenOf(structured, 'RfrdDocInf'))
      texts.push(textAt(document, 'Nb') ?? '');
    texts.push(...childrenOf(structured, 'AddtlRmtInf').map((one) => one.text.trim()));
  }
  const text = texts.filter((one) => one !== '').join(' ');
  return text === '' ? null : text;
}

function transactionCode(code: XmlElement | undefined): string | null {
  const domain = textAt(code, 'Domn', 'Cd');
  if (domain === null) return textAt(code, 'Prtry', 'Cd');
  const family = child(code, 'Domn', 'Fmly');
  return [domain, textAt(family, 'Cd'), textAt(family, 'SubFmlyCd')]
    .filter((part) => part !== null)
    .join('/');
}

/** Charges in the line's own currency, summed; null when none is given. */
function chargesOf(element: XmlElement, currency: string | null): string | null {
  const charges = childrenOf(element, 'Chrgs');
  const records = charges.flatMap((one) => {
    const listed = childrenOf(one, 'Rcrd');
    return listed.length > 0 ? listed : [one];
  });
  let sum: Decimal | undefined;
  for (const record of records) {
    const amount = child(record, 'Amt') ?? child(record, 'TtlChrgsAndTaxAmt');
    if (!amount || (amount.attributes['Ccy'] ?? currency) !== currency) continue;
    const value = decimalOf(amount.text.trim());
    if (value) sum = sum ? addDecimals(sum, value) : value;
  }
  return sum ? decimalText(sum) : null;
}

/** A date or the day of a time. */
function dateAt(element: XmlElement, name: string): string | null {
  const day = textAt(element, name, 'Dt');
  if (day !== null) return day.slice(0, 10);
  return textAt(element, name, 'DtTm')?.slice(0, 10) ?? null;
}
