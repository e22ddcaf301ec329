/** A usual KPI of accounts payable that the records cannot feed, and what they would need for it. */
export interface NotMeasured {
  readonly name: string;
  readonly formula: string;
  /** The field or record that is missing, in the words of the data dictionary. */
  readonly missing: string;
}

/** The usual KPIs left out of the catalogue: asked for by many, not to be invented from other data. */
export const notMeasured: readonly NotMeasured[] = [
  {
    name: 'First-time match rate',
    formula: 'Invoices matched to order and receipt at the first run / invoices with an order.',
    missing: 'invoice: result and number of the matching run; a record of goods receipts.',
  },
  {
    name: 'Lines matched three ways',
    formula: 'Invoice lines approved by a three-way match / invoice lines.',
    missing: 'A record of invoice lines with their order line and goods receipt.',
  },
  {
    name: 'Cost per invoice',
    formula: '(Labour + systems + outsourcing + overhead of accounts payable) / invoices.',
    missing: 'The cost of accounts payable by entity and month.',
  },
  {
    name: 'Invoices per full-time employee',
    formula: 'Invoices / full-time equivalents working in accounts payable.',
    missing: 'employee: share of working time spent in accounts payable.',
  },
  {
    name: 'Cut-off misses',
    formula: 'Payments sent after the cut-off whose value date slipped / payments sent.',
    missing: 'Cut-off time of each bank and channel.',
  },
  {
    name: 'Load delay',
    formula: 'Median and P95 of the time from an event in the source to its row in the warehouse.',
    missing:
      'When a row was first landed: a later extract of the same row replaces extracted_at. The age of the last extract is measured (sync_lag).',
  },
  {
    name: 'Escalations and reminder yield',
    formula: 'Escalated steps / steps; decisions within 24 hours of a reminder / reminders.',
    missing: 'approval_event: the actions escalated and reminded.',
  },
  {
    name: 'Error of the cash forecast',
    formula: 'Sum of the errors without sign / sum of the outflow, by horizon.',
    missing: 'A record of forecasts as they were made, with their day and horizon.',
  },
  {
    name: 'Suggestions accepted and saving realised',
    formula: 'Suggestions accepted / shown; realised / promised saving.',
    missing:
      'decision: the suggestion decided and the saving it promised; decisions landed are of risk.',
  },
  {
    name: 'Policy coverage',
    formula: 'Traces routed by a rule / traces; traces with an approver added by hand / traces.',
    missing: 'approval_event: the rule that assigned the step, and whether a person added it.',
  },
  {
    name: 'Supplier enquiries',
    formula: 'Enquiries of suppliers / invoices × 100; mean feedback score.',
    missing: 'A record of tickets or enquiries with vendor and invoice.',
  },
];
