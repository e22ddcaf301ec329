import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { kpis } from '#analytics/kpis/catalogue.ts';
import { recordNames } from '#ingest/records.ts';

const cli = fileURLToPath(new URL('../../../web/cli.ts', import.meta.url));

test('prints every KPI and every record', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [cli, 'dictionary']);
  for (const { id, definition } of kpis) {
    expect(stdout).toContain(`(\`${id}\`)`);
    expect(stdout).toContain(definition);
  }
  for (const name of recordNames) expect(stdout).toContain(`\n## ${name}\n`);
  expect(stdout).toContain('| account_token | text, required | secret |');
});
