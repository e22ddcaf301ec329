import { basename } from 'node:path';
import * as v from 'valibot';
import { SourceFileError, type Connector, type Landing } from '../../connector.ts';
import { camtStaging } from './staging.ts';
import {
  balanceCheck,
  balanceColumns,
  entryColumns,
  newStatement,
  readAccount,
  readBalance,
  readEntry,
  type EntryRow,
  type Statement,
} from './statement.ts';
import { readXml, type XmlElement } from './xml-elements.ts';

const settingsSchema = v.strictObject({
  /** Company of each own account: IBAN or account number to company id. */
  accounts: v.optional(v.record(v.string(), v.string()), {}),
  /** Company of accounts not listed. */
  company: v.optional(v.string()),
  /** What happens to a statement whose balances do not add up. */
  balance: v.optional(v.picklist(['hold', 'warn']), 'hold'),
});

/** Settings of a `camt053` source. */
export type CamtSettings = v.InferOutput<typeof settingsSchema>;

/** Bank statements as ISO 20022 camt.053, versions .02 to .12 and files without namespace. */
export const camt053: Connector<CamtSettings> = {
  name: 'camt053',
  brings: ['bank_line', 'bank_balance'],
  settings: settingsSchema,
  async extract({ settings, paths }, landing) {
    for (const path of paths) await landFile(path, settings, landing);
  },
  staging: camtStaging,
};

async function landFile(path: string, settings: CamtSettings, landing: Landing): Promise<void> {
  const file = basename(path);
  const statements: Statement[] = [];
  await landing.rows(
    'entry',
    [...entryColumns, '_row', '_file'],
    entryRows(path, statements, landing),
  );
  const balances = statements.flatMap((statement) => statement.balances);
  await landing.rows('balance', [...balanceColumns, '_file'], balanceRows(balances, file));
  for (const statement of statements) {
    const name = `${file}, statement ${statement.id ?? 'without id'}`;
    const check = balanceCheck(statement);
    if (!check)
      landing.warn(
        `${name}: opening and closing balance are not both there in the currency of all entries, so they were not added up`,
      );
    else if (settings.balance === 'hold' || check.expected === check.actual)
      landing.controlTotal({
        name: `${name}: opening balance and entries against closing balance (${check.currency})`,
        expected: check.expected,
        actual: check.actual,
      });
    else
      landing.warn(
        `${name}: the closing balance is ${check.expected}, opening balance and entries make ${check.actual}`,
      );
  }
}

async function* balanceRows(
  balances: readonly Statement['balances'][number][],
  file: string,
): AsyncGenerator<readonly (string | null)[]> {
  for (const balance of balances) yield [...balanceColumns.map((column) => balance[column]), file];
}

/** Lines of all statements of a file, as they stream by; `statements` grows with it. */
async function* entryRows(
  path: string,
  statements: Statement[],
  landing: Landing,
): AsyncGenerator<readonly (string | null)[]> {
  const file = basename(path);
  let found: EntryRow[] = [];
  let details: XmlElement[] = [];
  let isStatement = false;
  let row = 0;
  const reading = readXml(path, {
    begins(name, at, attributes) {
      const parent = at.at(-2);
      if (name === 'Document' || (at.length === 1 && name === 'BkToCstmrStmt'))
        checkNamespace(file, attributes, landing);
      // Files may come in an envelope with a business application header.
      if (parent === 'Document' || name === 'BkToCstmrStmt') isStatement = checkMessage(file, name);
      if (name === 'Stmt' && parent === 'BkToCstmrStmt') statements.push(newStatement());
      return parent === 'Stmt' && at.at(-3) === 'BkToCstmrStmt' && collected.has(name);
    },
    within(element) {
      if (element.name !== 'TxDtls') return false;
      details.push(element);
      return true;
    },
    element(element) {
      const statement = statements.at(-1);
      if (!statement) return;
      if (element.name === 'Ntry') {
        found.push(...readEntry(statement, element, details));
        details = [];
      } else readStatementPart(statement, element);
    },
  });
  for (let chunk = await reading.next(); !chunk.done; chunk = await reading.next()) {
    for (const line of found) {
      row++;
      yield [...entryColumns.map((column) => line[column]), String(row), file];
    }
    found = [];
  }
  if (!isStatement)
    throw new SourceFileError(
      `${file}: expected a bank statement (camt.053, element BkToCstmrStmt), but there is none in it. Check that this is the right file.`,
    );
  if (statements.length === 0) landing.warn(`${file}: contains no statement`);
}

/** Parts of a statement that are read as a whole; an entry's TxDtls leave it one by one. */
const collected = new Set(['Id', 'CreDtTm', 'Acct', 'Bal', 'Ntry', 'StmtPgntn']);

function readStatementPart(statement: Statement, element: XmlElement): void {
  const text = element.text.trim();
  if (element.name === 'Id') statement.id = text;
  else if (element.name === 'CreDtTm') statement.createdAt = text;
  else if (element.name === 'Acct') readAccount(statement, element);
  else if (element.name === 'Bal') readBalance(statement, element);
  else if (element.name === 'StmtPgntn') {
    const page = (name: string) => element.children.find((one) => one.name === name)?.text.trim();
    statement.isPart = page('PgNb') !== '1' || page('LastPgInd') === 'false';
  }
}

function checkNamespace(
  file: string,
  attributes: Readonly<Record<string, string>>,
  landing: Landing,
): void {
  const namespaces = Object.entries(attributes)
    .filter(([name]) => name === 'xmlns' || name.startsWith('xmlns:'))
    .map(([, value]) => value);
  if (namespaces.length === 0) landing.warn(`${file}: has no namespace; read as camt.053`);
  const version = namespaces
    .map((one) => /camt\.053\.001\.(\d+)$/u.exec(one)?.[1])
    .find((one) => one !== undefined);
  if (version !== undefined && (Number(version) < 2 || Number(version) > 13))
    landing.warn(
      `${file}: version camt.053.001.${version} is not known; read like the versions before`,
    );
}

function checkMessage(file: string, name: string): boolean {
  if (name === 'BkToCstmrStmt') return true;
  const other: Readonly<Record<string, string>> = {
    BkToCstmrAcctRpt: 'an intraday report (camt.052), whose lines are provisional',
    BkToCstmrDbtCdtNtfctn:
      'a debit or credit notification (camt.054), whose lines are in the statement again',
    CstmrCdtTrfInitn: 'a payment order (pain.001)',
  };
  throw new SourceFileError(
    `${file}: expected a bank statement (camt.053, element BkToCstmrStmt), but it is ${other[name] ?? `a message <${name}>`}. Load the camt.053 of the day.`,
  );
}
