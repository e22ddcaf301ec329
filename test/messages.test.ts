import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { m } from '#lib/paraglide/messages.js';

type Catalogue = Readonly<Record<string, unknown>>;

const root = fileURLToPath(new URL('..', import.meta.url));
const settings = JSON.parse(readFileSync(join(root, 'project.inlang/settings.json'), 'utf8')) as {
  locales: string[];
  'plugin.inlang.messageFormat': { pathPattern: string[] };
};
const patterns = settings['plugin.inlang.messageFormat'].pathPattern;
const areas = patterns.map((pattern) => pattern.split('/').at(-1)?.replace('.json', '') ?? '');

const read = (locale: string, area: string): Catalogue =>
  JSON.parse(readFileSync(join(root, 'messages', locale, `${area}.json`), 'utf8')) as Catalogue;

/** The names in `{amount}` and `input amount`, in every variant of a message. */
function parametersOf(message: unknown): string[] {
  const text = JSON.stringify(message);
  const inText = [...text.matchAll(/(?<!\\)\{\s*(\w+)/g)].map((match) => match[1] ?? '');
  return typeof message === 'string' ? [...new Set(inText)].sort() : declaredInputs(text);
}

function declaredInputs(text: string): string[] {
  return [...new Set([...text.matchAll(/"input (\w+)"/g)].map((match) => match[1] ?? ''))].sort();
}

test('every catalogue file is listed in project.inlang/settings.json, in every language', () => {
  for (const locale of settings.locales) {
    const found = readdirSync(join(root, 'messages', locale)).map((name) =>
      name.replace('.json', ''),
    );
    expect(found.sort(), locale).toEqual([...areas].sort());
  }
});

test.each(areas)('%s: both languages have the same messages with the same parameters', (area) => {
  const signature = (locale: string): Record<string, string[]> =>
    Object.fromEntries(
      Object.entries(read(locale, area))
        .filter(([key]) => key !== '$schema')
        .map(([key, message]) => [key, parametersOf(message)]),
    );
  expect(signature('zh-CN')).toEqual(signature('en'));
});

test('no message is empty and no key is used in two areas', () => {
  for (const locale of settings.locales) {
    const entries = areas.flatMap((area) => Object.entries(read(locale, area)));
    const keys = entries.map(([key]) => key).filter((key) => key !== '$schema');
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
    expect(entries.filter(([, message]) => message === '').map(([key]) => key)).toEqual([]);
  }
});

test('a message function answers outside the browser in the language asked for', () => {
  expect(m.shell_product_purpose({}, { locale: 'en' })).toBe(
    read('en', 'shell')['shell_product_purpose'],
  );
  expect(m.shell_product_purpose({}, { locale: 'zh-CN' })).toBe(
    read('zh-CN', 'shell')['shell_product_purpose'],
  );
});
