import { basename } from 'node:path';
import * as v from 'valibot';
import { SourceFileError, type Connector, type Landing } from '../../connector.ts';
import { historyStaging } from './history.ts';
import { invoicesStaging } from './invoices.ts';
import { mastersStaging } from './masters.ts';
import { sapTableNames, sapTables, tableOf, type SapTableName } from './tables.ts';
import type { SapSystem } from './values.ts';

const settingsSchema = v.strictObject({
  currency: v.optional(
    v.pipe(v.string(), v.regex(/^[A-Z]{3}$/u, 'Expected an ISO 4217 code such as "EUR".')),
    'EUR',
  ),
  time_zone: v.optional(v.string(), 'UTC'),
  country: v.optional(
    v.pipe(v.string(), v.regex(/^[A-Z]{2}$/u, 'Expected an ISO 3166 code such as "DE".')),
  ),
  service_accounts: v.optional(v.array(v.string()), ['batch*', 'wf-batch*', 'sapsys*']),
  amounts: v.optional(v.picklist(['internal', 'external']), 'internal'),
  delimiter: v.optional(v.pipe(v.string(), v.length(1))),
  encoding: v.optional(v.string()),
  final_line_break: v.optional(v.picklist(['required', 'optional']), 'required'),
});

/** Settings of a `sap-tables` source: what the tables themselves do not say. */
export type SapSettings = v.InferOutput<typeof settingsSchema>;

/** SAP tables as CSV or Parquet extracts, one file per table. */
export const sapTablesConnector: Connector<SapSettings> = {
  name: 'sap-tables',
  brings: [
    'company',
    'vendor',
    'employee',
    'purchase_order',
    'invoice',
    'approval_event',
    'payment',
  ],
  settings: settingsSchema,
  deliveries(paths) {
    const deliveries: Map<SapTableName, string>[] = [];
    for (const path of paths) {
      const table = checkedTable(path);
      const free = deliveries.find((delivery) => !delivery.has(table));
      if (free) free.set(table, path);
      else deliveries.push(new Map([[table, path]]));
    }
    return deliveries.map((delivery) => [...delivery.values()]);
  },
  async extract({ settings, paths }, landing) {
    const files = new Map(paths.map((path) => [checkedTable(path), path]));
    for (const table of sapTableNames) {
      const path = files.get(table);
      if (path === undefined) await landEmpty(table, landing);
      else if (path.toLowerCase().endsWith('.parquet'))
        await landing.parquet(table, path, sapTables[table]);
      else
        await landing.csv(table, path, {
          ...sapTables[table],
          ...(settings.delimiter === undefined ? {} : { delimiter: settings.delimiter }),
          ...(settings.encoding === undefined ? {} : { encoding: settings.encoding }),
          finalLineBreak: settings.final_line_break,
        });
    }
  },
  staging(settings) {
    const system: SapSystem = {
      currency: settings.currency,
      timeZone: settings.time_zone,
      country: settings.country,
      serviceAccounts: settings.service_accounts,
      amounts: settings.amounts,
    };
    return [...mastersStaging(system), ...invoicesStaging(system), ...historyStaging(system)];
  },
};

function checkedTable(path: string): SapTableName {
  const table = tableOf(basename(path));
  if (table) return table;
  throw new SourceFileError(
    `${basename(path)}: expected a file named after an SAP table (${sapTableNames.map((name) => name.toUpperCase()).join(', ')}). Rename it, e.g. EKKO.csv, or leave it out.`,
  );
}

/** A table that was not delivered is there without rows, so that selects over several tables run. */
async function landEmpty(table: SapTableName, landing: Landing): Promise<void> {
  const { required, optional } = sapTables[table];
  async function* none(): AsyncGenerator<readonly (string | null)[]> {
    // An absent table has no rows.
  }
  await landing.rows(table, [...required, ...optional], none());
}
