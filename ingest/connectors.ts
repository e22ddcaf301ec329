import type { Connector } from './connector.ts';
import { camt053 } from './connectors/camt053/connector.ts';
import { files } from './connectors/files/connector.ts';
import { referenceErp } from './connectors/reference-erp/connector.ts';
import { paymentPlatform } from './connectors/payment-platform/connector.ts';
import { sapTablesConnector } from './connectors/sap-tables/connector.ts';
import { tryton } from './connectors/tryton/connector.ts';

/** All connectors; a new one is a folder under `connectors/` and a line here. */
export const connectors: readonly Connector[] = [
  files,
  sapTablesConnector,
  camt053,
  paymentPlatform,
  referenceErp,
  tryton,
];

/**
 * The connector of a name.
 *
 * Errors  throws with the names there are.
 */
export function connectorNamed(name: string): Connector {
  const found = connectors.find((connector) => connector.name === name);
  if (found) return found;
  throw new Error(
    `Connector "${name}" is not known. Use one of ${connectors.map((connector) => connector.name).join(', ')}.`,
  );
}
