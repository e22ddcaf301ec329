/**
 * The one direction of imports: ingest <- analytics <- web/src/lib/server <- routes.
 * Each rule says why it exists and what to do instead.
 */

const browserCode =
  '^web/src/(?!lib/server/|lib/paraglide/|hooks\\.server\\.ts|hooks\\.ts|instrumentation)(?!.*(\\.server\\.ts$|/\\+server\\.ts$))';

module.exports = {
  forbidden: [
    {
      name: 'ingest-stands-alone',
      comment:
        'ingest/ is what the systems said. It imports nothing of ours, so that raw data can always be read again. Move what both sides need into ingest/.',
      severity: 'error',
      from: { path: '^ingest/' },
      to: { path: '^(analytics|web|bin|test|notebooks)/' },
    },
    {
      name: 'analytics-knows-only-ingest',
      comment:
        'analytics/ is pure: warehouse in, numbers and findings out. It knows no users, screens or jobs. Pass what it needs as an argument.',
      severity: 'error',
      from: { path: '^analytics/' },
      to: { path: '^(web|bin|test|notebooks)/' },
    },
    {
      name: 'browser-knows-only-types-catalogue-and-records',
      comment:
        'What runs in the browser gets its rows from load functions. Of analytics it may import types and kpis/catalogue.ts, of ingest types and records.ts. Put the rest into a +page.server.ts.',
      severity: 'error',
      from: { path: browserCode },
      to: {
        path: '^(analytics|ingest)/',
        pathNot: '^(analytics/kpis/catalogue\\.ts|ingest/records\\.ts)$',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'browser-never-imports-the-server',
      comment:
        'web/src/lib/server/ talks to PostgreSQL and holds secrets. Browser code may import its types, never its values.',
      severity: 'error',
      from: { path: browserCode },
      to: {
        path: '^web/src/lib/server/|\\.server\\.ts$',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'nobody-imports-tests-or-notebooks',
      comment:
        'test/ and notebooks/ may import anything; nothing imports them. Product code that a test needs lives in the product.',
      severity: 'error',
      from: { pathNot: '^(test|notebooks)/|^vite\\.config\\.ts$' },
      to: { path: '^(test|notebooks)/' },
    },
    {
      name: 'routes-do-not-import-routes',
      comment:
        'A route is a leaf. What two routes share is a component, a chart or a module of web/src/lib.',
      severity: 'error',
      from: { path: '^web/src/routes/([^/]+)/' },
      to: { path: '^web/src/routes/', pathNot: '^web/src/routes/$1/|/\\$types' },
    },
    {
      name: 'no-circles',
      comment:
        'Two files that import each other are one thing or hide a third. Move the shared part into its own file.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'imports-resolve',
      comment: 'An import that leads nowhere fails at run time only. Correct the path.',
      severity: 'error',
      from: { pathNot: '^web/src/routes/' },
      to: { couldNotResolve: true, pathNot: '^(\\$app|\\$env|\\./\\$types)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules|web/src/lib/paraglide' },
    exclude: { path: 'node_modules/\\.cache|^build/|^\\.svelte-kit/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['svelte', 'import', 'node', 'default', 'types'],
    },
  },
};
