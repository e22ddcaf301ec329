import { paraglideVitePlugin } from '@inlang/paraglide-js';
import adapter from '@sveltejs/adapter-node';
import { sveltekit } from '@sveltejs/kit/vite';
import { resolve } from 'node:path';
import { type Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { messageCompiler } from './web/messages.ts';

const root = import.meta.dirname;

/**
 * Leaves `#analytics/…` and `#ingest/…` out of the server bundle: Node reads the same TypeScript and
 * SQL files on disk in the built server, in development and on the command line.
 * The browser bundle does carry what it imports (types, the KPI catalogue, the records).
 */
const sourcesStayOnDisk: Plugin = {
  name: 'quittance:sources-stay-on-disk',
  apply: 'build',
  enforce: 'pre',
  resolveId(source) {
    const isOurs = source.startsWith('#analytics/') || source.startsWith('#ingest/');
    return isOurs && this.environment.name === 'ssr' ? { id: source, external: true } : undefined;
  },
};

export default defineConfig(async ({ command, mode }) => ({
  plugins: [
    sourcesStayOnDisk,
    // `npm run build` and `npm test` compile the messages beforehand, see web/messages.ts.
    command === 'serve' && mode !== 'test' ? paraglideVitePlugin(messageCompiler) : null,
    await sveltekit({
      adapter: adapter({ out: 'build' }),
      files: { src: 'web/src', assets: 'web/static' },
      // Scripts carry a nonce; inline styles are only attributes (bar lengths, places on a chart).
      csp: {
        mode: 'nonce',
        directives: {
          'default-src': ['self'],
          'script-src': ['self'],
          'style-src': ['self', 'unsafe-inline'],
          'img-src': ['self', 'data:'],
          'font-src': ['self'],
          'connect-src': ['self'],
          'object-src': ['none'],
          'base-uri': ['none'],
          'form-action': ['self'],
          'frame-ancestors': ['none'],
        },
      },
    }),
  ],
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/bench/**'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    globalSetup: [resolve(root, 'test/global-setup.ts')],
    reporters: ['default', resolve(root, 'test/closing-line.ts')],
    allowOnly: false,
  },
}));
