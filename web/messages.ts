/**
 * Text for people: compiles messages/<locale>/<area>.json into plain JavaScript modules under
 * web/src/lib/paraglide, so that screens, mails and the command line import the same functions.
 * Run directly (`npm run messages`) it compiles; `npm run dev` recompiles on every change.
 */
import type { CompilerOptions } from '@inlang/paraglide-js';
import { existsSync, globSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const newestOutput = join(root, 'web/src/lib/paraglide/messages/_index.js');

export const messageCompiler = {
  project: join(root, 'project.inlang'),
  outdir: join(root, 'web/src/lib/paraglide'),
  strategy: ['cookie', 'preferredLanguage', 'baseLocale'],
  cookieName: 'quittance_locale',
  outputStructure: 'locale-modules',
  emitReadme: false,
} satisfies CompilerOptions;

/** Compiles the messages when a catalogue changed since the last time; a fresh clone has none yet. */
export async function compileStaleMessages(): Promise<void> {
  if (messagesAreStale()) await compileMessages();
}

async function compileMessages(): Promise<void> {
  const { compile } = await import('@inlang/paraglide-js');
  await compile(messageCompiler);
  // The compiler leaves unchanged files alone, so their time says nothing about its last run.
  const now = new Date();
  utimesSync(newestOutput, now, now);
}

function messagesAreStale(): boolean {
  if (!existsSync(newestOutput)) return true;
  const compiledAt = statSync(newestOutput).mtimeMs;
  const sources = globSync('{messages/*/*.json,project.inlang/settings.json}', { cwd: root });
  return sources.some((path) => statSync(join(root, path)).mtimeMs > compiledAt);
}

if (import.meta.main) await compileMessages();
