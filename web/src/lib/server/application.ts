import type { Warehouse } from '#analytics/warehouse.ts';
import type { Configuration } from '#ingest/configuration.ts';
import type { Authentication } from './auth/authentication.ts';
import type { State } from './state/database.ts';

/** The running application: both stores, open, and what it was configured with. */
export interface Application {
  readonly dataFolder: string;
  readonly configuration: Configuration;
  /** What systems said. Always pass `locals.person.company_keys` to its queries. */
  readonly warehouse: Warehouse;
  /** What people decided. */
  readonly state: State;
  readonly authentication: Authentication;
  /** Where people reach it, e.g. http://127.0.0.1:4173. */
  readonly url: string;
  /** "Now" for analytics: the latest extract applied, UTC ISO. */
  asOf(): string;
}

/**
 * The start command runs these files from disk and the web bundle carries its own copy of them,
 * so the one instance lives under a key of the process and not in a module.
 */
const key = Symbol.for('quittance.application');
const holder = globalThis as { [key]?: Application | undefined };

/** The running application. Throws before `setApplication`. */
export function application(): Application {
  const running = holder[key];
  if (running === undefined) {
    throw new Error(
      'Quittance is not started in this process; run `npx quittance start`, or set QUITTANCE_DATA for `npm run dev`',
    );
  }
  return running;
}

/** Makes this the running application; undefined takes it away. */
export function setApplication(running: Application | undefined): void {
  holder[key] = running;
}

/** True once the application runs in this process. */
export function isStarted(): boolean {
  return holder[key] !== undefined;
}
