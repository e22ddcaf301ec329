import { readConfiguration, type Configuration } from '#ingest/configuration.ts';
import { openWarehouse } from '#analytics/warehouse.ts';
import { setApplication, type Application } from './application.ts';
import { openAuthentication } from './auth/authentication.ts';
import { startJobs } from './jobs/jobs.ts';
import { readSecret } from './secret.ts';
import { startState, type State } from './state/database.ts';
import { takeOwnership } from './state/ownership.ts';

export interface OpenOptions {
  readonly dataFolder: string;
  /** Where people will reach it. */
  readonly url?: string;
  /** Origins besides `url` whose pages are ours, e.g. localhost beside 127.0.0.1. */
  readonly origins?: readonly string[];
  readonly databaseUrl?: string | undefined;
  /** Called when the database connection that makes us the owner breaks. */
  readonly onLost?: () => void;
  /** Runs as owner, before the warehouse is opened: makes the first configuration. */
  readonly configure?: (state: State) => Promise<Configuration>;
  /** Runs before jobs start: lands what the configuration names. */
  readonly prepare?: (running: Application) => Promise<void>;
}

export interface OpenedApplication extends Application {
  /** Finishes running jobs, closes both stores and ends the embedded server. */
  close(): Promise<void>;
}

const defaultUrl = 'http://127.0.0.1:4173';

/** Opens both stores as their one owner and makes the result the running application. */
export async function openApplication(options: OpenOptions): Promise<OpenedApplication> {
  const { dataFolder, url = defaultUrl } = options;
  const accountSecret = await readSecret(dataFolder);
  const state = await startState({ dataFolder, databaseUrl: options.databaseUrl, accountSecret });
  const closers: (() => Promise<void>)[] = [];
  let isOwner = false;
  const close = async () => {
    setApplication(undefined);
    for (const step of closers.reverse()) await step();
    await state.close({ stopServer: isOwner || state.startedServer });
  };
  try {
    const ownership = await takeOwnership(state, {
      url,
      dataFolder,
      ...(options.onLost === undefined ? {} : { onLost: options.onLost }),
    });
    isOwner = true;
    closers.push(() => ownership.release());
    const configuration = (await options.configure?.(state)) ??
      (await readConfiguration(dataFolder)) ?? { group_currency: 'EUR', sources: [] };
    const warehouse = await openWarehouse({
      dataFolder,
      accountSecret,
      groupCurrency: configuration.group_currency,
    });
    closers.push(() => warehouse.close());
    const running: Application = {
      dataFolder,
      configuration,
      warehouse,
      state,
      url,
      authentication: openAuthentication({
        pool: state.pool,
        secret: accountSecret,
        url,
        origins: options.origins ?? [url],
      }),
      // Before anything is loaded, now is now.
      asOf: () => (warehouse.asOf === '' ? new Date().toISOString() : warehouse.asOf),
    };
    await options.prepare?.(running);
    setApplication(running);
    const jobs = await startJobs(running);
    closers.push(() => jobs.stop());
    return { ...running, close };
  } catch (cause) {
    await close();
    throw cause;
  }
}
