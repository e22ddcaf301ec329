import * as v from 'valibot';
import type { Configuration } from '#ingest/configuration.ts';
import { connectorNamed } from '#ingest/connectors.ts';
import type { Send } from './deliver.ts';

/** Sends a command through the connector of its source that can answer; settings from quittance.json. */
export function sendThrough(configuration: Configuration): Send {
  return async (sourceName, command, signal) => {
    for (const source of configuration.sources) {
      if (source.name !== sourceName) continue;
      const connector = connectorNamed(source.connector);
      if (connector.send === undefined) continue;
      return connector.send(command, v.parse(connector.settings, source.settings), signal);
    }
    return {
      outcome: 'refused',
      why: `No connector of source ${sourceName} can take decisions; add one with \`send\` to quittance.json`,
    };
  };
}
