import type { FilesMapping, ValueSource } from '../mapping.ts';

const supplier: ValueSource = { header: 'Supplier Name', anyOf: ['Supplier'] };
const invoiceNumber: ValueSource = { header: 'Invoice No', anyOf: ['Invoice No.'] };
const amount: ValueSource = { header: 'Invoiced Value', anyOf: ['Value'] };

/**
 * Spending over a threshold as English councils publish it, in the two layouts of Sheffield City
 * Council. A row is one charge to a cost centre; rows of one document (or, where the layout has no
 * document number, of one supplier, invoice number and date) are one invoice.
 *
 * Definition  Parameters: `company` (name of the council). The vendor is its name, because only one
 *             layout has supplier numbers; persons are redacted to one collective name.
 * Units       GBP; the date is the posting date, the only one published.
 */
export function councilSpending({
  company = 'Council',
}: Readonly<Record<string, string>>): FilesMapping {
  return {
    spending: {
      match: '*.csv',
      records: {
        company: {
          columns: {
            company_id: { constant: company },
            name: { constant: company },
            base_currency: { constant: 'GBP' },
            country: { constant: 'GB' },
            time_zone: { constant: 'Europe/London' },
          },
          combine: {},
        },
        vendor: {
          columns: {
            vendor_id: supplier,
            name: supplier,
            category: {
              header: 'Thomson Classification Description',
              anyOf: ['Category Description'],
              required: false,
            },
            one_time: { ...supplier, map: { 'REDACTED PERSONAL DATA': 'true', '*': 'false' } },
          },
          combine: {},
        },
        invoice: {
          columns: {
            invoice_id: {
              join: [
                ['Document No', 'Document No.'],
                ['Supplier Name', 'Supplier'],
                ['Invoice No', 'Invoice No.'],
                'GL Date',
              ],
              separator: '|',
              required: false,
            },
            company_id: { constant: company },
            vendor_id: supplier,
            invoice_number: invoiceNumber,
            document_number: { header: 'Document No', anyOf: ['Document No.'], required: false },
            posted_on: 'GL Date',
            currency: { constant: 'GBP' },
            amount_gross: amount,
            category: {
              header: 'Expense Code Description',
              anyOf: ['Object Code Description'],
              required: false,
            },
            cost_center: {
              header: 'Business Unit Description',
              anyOf: ['Org Code Description'],
              required: false,
            },
            time_precision: { constant: 'date' },
          },
          combine: { amount_gross: 'sum' },
        },
      },
    },
  };
}
