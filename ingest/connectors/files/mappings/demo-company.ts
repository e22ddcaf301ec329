import type { FilesMapping, ValueSource } from '../mapping.ts';

const date = (header: string): ValueSource => ({ header, format: '%d.%m.%Y' });
const yesNo = (header: string): ValueSource => ({ header, map: { Yes: 'true', No: 'false' } });
const account = (header: string): ValueSource => ({ header, macro: 'account_token' });

/**
 * The demo company's ERP extracts: a table per file, headers in English, days as 31.12.2026,
 * times in UTC as ISO 8601, amounts with a decimal point.
 */
export function demoCompany(): FilesMapping {
  return {
    companies: {
      match: 'companies*.csv',
      records: {
        company: {
          columns: {
            company_id: 'Company Code',
            name: 'Company Name',
            base_currency: 'Currency',
            country: 'Country',
            time_zone: 'Time Zone',
          },
        },
      },
    },
    users: {
      match: 'users*.csv',
      records: {
        employee: {
          columns: {
            employee_id: 'User ID',
            name: 'Name',
            role: 'Role',
            department: 'Department',
            company_id: 'Company Code',
            manager_id: 'Manager',
            approval_limit: 'Approval Limit',
            limit_currency: 'Limit Currency',
            active: yesNo('Active'),
            is_service_account: yesNo('Service Account'),
            account_token: account('Salary Account'),
            address: 'Home Address',
          },
        },
      },
    },
    delegations: {
      match: 'delegations*.csv',
      records: {
        delegation: {
          columns: {
            delegation_id: 'Delegation No.',
            from_employee_id: 'Represented User',
            to_employee_id: 'Deputy',
            valid_from_on: date('From'),
            valid_to_on: date('To'),
          },
        },
      },
    },
    vendors: {
      match: 'vendors*.csv',
      records: {
        vendor: {
          columns: {
            vendor_id: 'Vendor No.',
            name: 'Name',
            country: 'Country',
            tax_id: 'Tax ID',
            address: 'Address',
            email_domain: 'E-mail Domain',
            category: 'Category',
            payment_terms: 'Payment Terms',
            channel: 'Payment Method',
            one_time: yesNo('One-Time'),
            blocked: yesNo('Payment Block'),
            created_at: 'Created At (UTC)',
            created_by_id: 'Created By',
          },
        },
      },
    },
    vendor_bank_changes: {
      match: 'vendor_bank_changes*.csv',
      records: {
        bank_account_change: {
          columns: {
            bank_account_change_id: 'Change No.',
            vendor_id: 'Vendor No.',
            account_token: account('New Account'),
            account_last4: { header: 'New Account', macro: 'last4' },
            account_country: 'Bank Country',
            bank_name: 'Bank Name',
            holder_name: 'Account Holder',
            changed_at: 'Changed At (UTC)',
            changed_by_id: 'Changed By',
            requested_through: 'Requested Through',
            verified_at: 'Verified At (UTC)',
            verified_by_id: 'Verified By',
          },
        },
      },
    },
    purchase_orders: {
      match: 'purchase_orders*.csv',
      records: {
        purchase_order: {
          columns: {
            purchase_order_id: 'PO No.',
            company_id: 'Company Code',
            vendor_id: 'Vendor No.',
            created_at: 'Created At (UTC)',
            created_by_id: 'Created By',
            currency: 'Currency',
            amount: 'Amount',
            category: 'Category',
            status: 'Status',
          },
        },
      },
    },
    invoices: {
      match: 'invoices*.csv',
      records: {
        invoice: {
          columns: {
            invoice_id: 'Document No.',
            company_id: 'Company Code',
            vendor_id: 'Vendor No.',
            purchase_order_id: 'PO No.',
            document_type: {
              header: 'Document Type',
              map: { RE: 'invoice', KG: 'credit', ER: 'expense' },
            },
            invoice_number: 'Invoice No.',
            document_number: 'Document No.',
            invoiced_on: date('Invoice Date'),
            received_at: 'Received At (UTC)',
            entered_at: 'Entered At (UTC)',
            entered_by_id: 'Entered By',
            posted_on: date('Posting Date'),
            due_on: date('Due Date'),
            currency: 'Currency',
            amount_gross: 'Gross Amount',
            amount_tax: 'Tax Amount',
            discount_rate: 'Discount Rate',
            discount_on: date('Discount Date'),
            category: 'Category',
            cost_center: 'Cost Center',
            description: 'Text',
            status: 'Status',
            payment_block: 'Payment Block',
            reversal_of_id: 'Reversal Of',
            time_precision: { constant: 'second' },
          },
        },
      },
    },
    payment_requests: {
      match: 'payment_requests*.csv',
      records: {
        payment_request: {
          columns: {
            payment_request_id: 'Request No.',
            company_id: 'Company Code',
            vendor_id: 'Vendor No.',
            invoice_id: 'Document No.',
            requested_by_id: 'Requested By',
            requested_at: 'Requested At (UTC)',
            scheduled_on: date('Planned Run'),
            channel: 'Payment Method',
            account_token: account('Payee Account'),
            currency: 'Currency',
            amount: 'Amount',
            urgent: yesNo('Urgent'),
            status: {
              header: 'Status',
              map: {
                Draft: 'draft',
                'In approval': 'in_approval',
                Approved: 'approved',
                Held: 'held',
                Referred: 'referred',
                Rejected: 'rejected',
                Released: 'released',
                Paid: 'paid',
                Cancelled: 'cancelled',
              },
            },
            status_at: 'Status At (UTC)',
            status_version: 'Version',
            description: 'Text',
            time_precision: { constant: 'second' },
          },
        },
      },
    },
    approval_log: {
      match: 'approval_log*.csv',
      records: {
        approval_event: {
          columns: {
            approval_event_id: 'Event No.',
            process: { constant: 'payment_approval' },
            trace_id: 'Request No.',
            payment_request_id: 'Request No.',
            invoice_id: 'Document No.',
            company_id: 'Company Code',
            sequence: 'Sequence',
            activity: 'Activity',
            action: 'Action',
            role: 'Role',
            actor_id: 'User',
            on_behalf_of_id: 'On Behalf Of',
            assigned_at: 'Assigned At (UTC)',
            occurred_at: 'Decided At (UTC)',
            currency: 'Currency',
            amount: 'Amount',
            comment: 'Comment',
            time_precision: { constant: 'second' },
          },
        },
      },
    },
    payments: {
      match: 'payments*.csv',
      records: {
        payment: {
          columns: {
            payment_id: 'Payment No.',
            company_id: 'Company Code',
            vendor_id: 'Vendor No.',
            invoice_id: 'Document No.',
            payment_request_id: 'Request No.',
            payment_document: 'Payment Document',
            payment_run: 'Run',
            end_to_end_id: 'End-to-End ID',
            channel: 'Payment Method',
            account_token: account('Payee Account'),
            currency: 'Currency',
            amount: 'Amount',
            discount_taken: 'Discount Taken',
            fee_amount: 'Fee',
            fee_currency: 'Fee Currency',
            executed_at: 'Executed At (UTC)',
            executed_by_id: 'Executed By',
            value_on: date('Value Date'),
            status: 'Status',
            time_precision: { constant: 'second' },
          },
        },
      },
    },
    exchange_rates: {
      match: 'exchange_rates*.csv',
      records: {
        fx_rate: {
          columns: {
            fx_rate_id: { join: ['Date', 'From', 'To'], separator: '/' },
            rate_on: 'Date',
            from_currency: 'From',
            to_currency: 'To',
            rate: 'Rate',
          },
        },
      },
    },
  };
}
