import type { Application } from '../application.ts';
import { sendDigests } from '../mail/digest-delivery.ts';
import { configuredTransport } from '../mail/mail-transport.ts';

/** Plans and sends the digests that are due; without a mail server they are only shown on Reports. */
export async function mailDigests(application: Application): Promise<void> {
  const transport = configuredTransport(process.env);
  if (transport === null) return;
  const { warehouse, state, configuration, dataFolder, url } = application;
  await sendDigests(
    {
      warehouse,
      state,
      asOf: application.asOf(),
      groupCurrency: configuration.group_currency,
      dataFolder,
      url,
    },
    transport,
    new Date().toISOString(),
  );
}
