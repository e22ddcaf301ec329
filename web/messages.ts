/**
 * Text for people: compiles messages/<locale>/<area>.json into plain JavaScript modules under
 * web/src/lib/paraglide, so that screens, mails and the command line import the same functions.
 * Run directly (`npm run messages`) it compiles once; `npm run dev` recompiles on every change.
 */
import { compile, type CompilerOptions } from '@inlang/paraglide-js';

export const messageCompiler = {
  project: './project.inlang',
  outdir: './web/src/lib/paraglide',
  strategy: ['cookie', 'preferredLanguage', 'baseLocale'],
  cookieName: 'quittance_locale',
  outputStructure: 'locale-modules',
  emitTsDeclarations: true,
  emitReadme: false,
} satisfies CompilerOptions;

if (import.meta.main) {
  process.chdir(new URL('..', import.meta.url).pathname);
  await compile(messageCompiler);
  // The compiler leaves timers of 30 s behind; nothing is pending once it has returned.
  process.exit(0);
}
