import { glob } from 'node:fs/promises';
import { readConfiguration } from '#ingest/configuration.ts';
import { demoPresent } from '#ingest/demo/demo.ts';
import { landFiles } from '#ingest/land.ts';
import type { Application } from '../src/lib/server/application.ts';
import { bringCasesUp } from '../src/lib/server/jobs/pull.ts';
import { openApplication, type OpenedApplication } from '../src/lib/server/open-application.ts';
import { openInBrowser } from './browser.ts';
import { buildIfStale } from './bundle.ts';
import { makeDemo } from './demo.ts';
import { listen, type WebServer } from './http.ts';
import { firstPeople, printPeople } from './people.ts';
import { startProgress, type Progress } from './progress.ts';
import { startReferenceErp, type RunningErp } from './reference-erp.ts';

export interface StartOptions {
  readonly dataFolder: string;
  readonly host: string;
  readonly port: number;
  /** Public address when a proxy stands in front. */
  readonly origin?: string | undefined;
  readonly databaseUrl?: string | undefined;
  readonly resetPasswords?: boolean;
  readonly openBrowser?: boolean;
}

export interface StartedServer {
  readonly url: string;
  stop(): Promise<void>;
}

const stopTimeoutMs = 10_000;

/** Brings everything up in order: database, ownership, port, data, jobs, people, pages. */
export async function startServer(options: StartOptions): Promise<StartedServer> {
  const { dataFolder } = options;
  const began = performance.now();
  const progress = startProgress();
  const building = new AbortController();
  const built = buildIfStale(building.signal);
  // Awaited below; a failure before that is not an unhandled one.
  built.catch(() => undefined);
  const running: { web?: WebServer; application?: OpenedApplication; erp?: RunningErp } = {};
  const stop = async () => {
    const timer = setTimeout(() => process.exit(1), stopTimeoutMs);
    await running.web?.close();
    await running.application?.close();
    await running.erp?.stop();
    clearTimeout(timer);
  };
  try {
    progress.report('PostgreSQL');
    const url = options.origin ?? urlOf(options);
    running.application = await openApplication({
      dataFolder,
      url,
      origins: originsOf(url),
      databaseUrl: options.databaseUrl,
      onLost: () => {
        console.error(
          'The connection to PostgreSQL broke; Quittance stops before it writes again.',
        );
        process.exit(1);
      },
      configure: async () => {
        running.web = await listen({ host: options.host, port: options.port, url });
        const configuration =
          (await readConfiguration(dataFolder)) ?? (await makeDemo(dataFolder, progress));
        if (configuration.demo !== true) return configuration;
        running.erp = await startReferenceErp(dataFolder, configuration);
        return running.erp.configuration;
      },
      prepare: (application) => loadSources(application, progress),
    });
    const people = await firstPeople(running.application, options.resetPasswords === true);
    progress.report('web pages');
    await built;
    await running.web?.serve();
    progress.end();
    const seconds = ((performance.now() - began) / 1_000).toFixed(1);
    console.log(`\nQuittance is ready after ${seconds} s. Sign in at ${url}`);
    printPeople(people);
    if (options.openBrowser === true) openInBrowser(url);
    return { url, stop };
  } catch (cause) {
    progress.end();
    building.abort();
    await stop();
    throw isDiskFull(cause)
      ? new Error(
          `The disk that holds ${dataFolder} is full; nothing half was published. Free some space and start again`,
          { cause },
        )
      : cause;
  }
}

/** Lands what the configuration names and derives the warehouse; what is landed already costs a look. */
async function loadSources(application: Application, progress: Progress): Promise<void> {
  const { configuration, dataFolder, warehouse } = application;
  for (const source of configuration.sources) {
    if (source.paths.length === 0) continue;
    const reports = await landFiles({
      dataFolder,
      source: { name: source.name, connector: source.connector, settings: source.settings },
      paths: await existingPaths(source.paths),
      extractedAt: configuration.demo === true ? demoPresent : undefined,
      onProgress: ({ step, count }) => progress.report(`${source.name}: ${step}`, count),
    });
    for (const report of reports) {
      if (report.outcome === 'refused')
        console.error(`\n  ${report.files.join(', ')}: ${report.why}`);
      if (report.outcome === 'held') {
        console.error(`\n  ${report.files.join(', ')}: held, ${report.manifest.held_because}`);
      }
    }
  }
  await warehouse.refresh({
    onProgress: (step, count) => progress.report(`warehouse: ${plural(step)}`, count),
  });
  progress.report('cases');
  await bringCasesUp(application);
}

/** Paths of the configuration; one with * or ? stands for all files it fits. */
async function existingPaths(patterns: readonly string[]): Promise<string[]> {
  const paths: string[] = [];
  for (const pattern of patterns) {
    if (/[*?]/.test(pattern)) {
      for await (const path of glob(pattern)) paths.push(path);
    } else paths.push(pattern);
  }
  return paths.sort();
}

function urlOf({ host, port }: StartOptions): string {
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${shown.includes(':') ? `[${shown}]` : shown}:${port}`;
}

/** The same server by its other local name. */
function originsOf(url: string): string[] {
  return [...new Set([url, url.replace('127.0.0.1', 'localhost')])];
}

function isDiskFull(cause: unknown): boolean {
  for (let error = cause; error instanceof Error; error = error.cause) {
    const code = 'code' in error ? error.code : undefined;
    if (code === 'ENOSPC' || code === '53100') return true;
    // DuckDB gives no code.
    if (error.message.includes('No space left on device')) return true;
  }
  return false;
}

/** `model invoice_flow` and its neighbours are one line of progress: `models`. */
function plural(step: string): string {
  return step.replace(/^(model|detector|check) .*/, '$1s');
}
