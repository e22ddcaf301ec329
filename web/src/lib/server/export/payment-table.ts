import { m } from '#lib/paraglide/messages.js';
import type { Person } from '../auth/person.ts';
import { messageText } from '../message-text.ts';
import { codeWords } from '../reads/code-words.ts';
import { filterText } from '../reads/payment-words.ts';
import { exportColumns, paymentExport } from '../reads/payments.ts';
import type { ExportTable } from './export-table.ts';
import { entityWords } from './scope-words.ts';

/** The payments that a view shows, all pages of them. */
export async function paymentTable(person: Person, url: URL): Promise<ExportTable> {
  const { sql, values, filter, scope } = await paymentExport(person, url);
  return {
    name: `payments-${scope.from}-${scope.to}`,
    title: m.payments_title(),
    filter: [filterText(filter, scope), await entityWords(scope.company_keys)],
    columns: exportColumns.map((name) => ({
      name,
      label: messageText('export_column_', name),
      ...(codeWords[name] === undefined ? {} : { words: codeWords[name] }),
    })),
    statement: { sql, values },
  };
}
