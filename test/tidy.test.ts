import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const maximumLines = 400;

/** Files that are data in the shape of code; everything else past the limit hides a second noun. */
const dataFiles = new Set([
  'ingest/records.ts',
  'analytics/kpis/catalogue.ts',
  'web/src/lib/tokens.css',
]);

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '' && existsSync(join(root, path)));

const sourceFolders = /^(bin|ingest|analytics|web|test|notebooks)\//;
const sources = files.filter(
  (path) =>
    sourceFolders.test(path) &&
    /\.(ts|svelte|sql|css|html)$/.test(path) &&
    !path.includes('/fixtures/'),
);
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

test('TypeScript, SQL and style files are named in kebab-case, components in PascalCase', () => {
  const misnamed = sources.filter((path) => {
    const name = basename(path, extname(path));
    if (path.includes('/routes/') && name.startsWith('+')) return false;
    if (path.endsWith('.svelte')) return !/^[A-Z][A-Za-z0-9]*$/.test(name);
    if (path.endsWith('.sql')) return !/^[a-z0-9]+([_-][a-z0-9]+)*$/.test(name);
    return !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)*$/.test(name);
  });
  expect(misnamed).toEqual([]);
});

test('no file or folder is named after nothing in particular', () => {
  const vague = files.filter((path) =>
    /(^|[/-])(utils?|helpers?|common|misc|managers?)([/.-]|$)/i.test(path),
  );
  expect(vague).toEqual([]);
});

test('every model says its grain in the first line', () => {
  const silent = sources
    .filter((path) => path.startsWith('analytics/models/') && path.endsWith('.sql'))
    .filter((path) => !/^-- One row per [^\n]+\.\r?\n/.test(read(path)));
  expect(silent).toEqual([]);
});

test('nothing is left for later, switched off or run alone', () => {
  const marks = new RegExp(
    [
      String.raw`\b(TODO|FIXME|XXX|HACK)\b`,
      String.raw`\b(test|it|describe|suite)\.(only|skip|todo)\b`,
      '@ts-(ignore|nocheck)',
    ].join('|'),
  );
  const others = sources.filter((path) => path !== 'test/tidy.test.ts');
  const marked = others.flatMap((path) =>
    read(path)
      .split('\n')
      .flatMap((line, index) => (marks.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
  );
  expect(marked).toEqual([]);
});

test(`no source file is longer than ${maximumLines} lines`, () => {
  const long = sources
    .filter((path) => !dataFiles.has(path))
    .map((path) => ({ path, lines: read(path).split('\n').length - 1 }))
    .filter(({ lines }) => lines > maximumLines);
  expect(long).toEqual([]);
});

test('source text has Unix line ends, no tabs to indent and ends in one newline', () => {
  const untidy = sources.filter((path) => {
    const text = read(path);
    return text !== '' && (/\r|^\t/m.test(text) || !/[^\n]\n$/.test(text));
  });
  expect(untidy).toEqual([]);
});

test('the lockfile names no registry', () => {
  expect(read('package-lock.json')).not.toMatch(/"resolved": "https?:/);
});
