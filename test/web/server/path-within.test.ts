import { expect, test } from 'vitest';
import { pathWithin } from '#lib/server/path-within.ts';

const here = new URL('http://quittance.test/sign-in');

test('goes back to a path of this application, query included', () => {
  expect(pathWithin('/overview?period=last-month', here)).toBe('/overview?period=last-month');
});

test('never leads elsewhere', () => {
  for (const asked of [
    '//evil.test',
    '/\\evil.test',
    'https://evil.test/',
    'javascript:alert(1)',
    '',
    null,
  ]) {
    expect(pathWithin(asked, here)).toBeNull();
  }
});
