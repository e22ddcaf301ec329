import { createHmac, timingSafeEqual } from 'node:crypto';
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Application } from '../application.ts';
import { readSecret } from '../secret.ts';
import { verifyAudit, type AuditAnchor, type AuditVerification } from '../state/audit.ts';

/**
 * Recomputes the audit chain against the anchors of earlier runs, and notes the new head in
 * `audit-anchors.log` of the data folder, outside the database and signed with the folder's secret:
 * so rows cut off the end, or a chain written anew, are found.
 */
export async function verifyAuditLog(
  application: Pick<Application, 'state' | 'dataFolder'>,
): Promise<AuditVerification> {
  const { state, dataFolder } = application;
  const secret = await readSecret(dataFolder);
  const path = join(dataFolder, 'audit-anchors.log');
  const anchors = parseAnchors(await readFile(path, 'utf8').catch(() => ''), secret);
  const result = await verifyAudit(state, anchors);
  const { head } = result;
  if (result.intact && head !== null && anchors.at(-1)?.id !== head.id) {
    await appendFile(path, `${head.id} ${head.hash} ${signatureOf(head, secret)}\n`, {
      mode: 0o600,
    });
  }
  return result;
}

function parseAnchors(text: string, secret: string): AuditAnchor[] {
  return text
    .split('\n')
    .map((line) => line.split(' '))
    .flatMap(([id, hash = '', signature = '']) => {
      const anchor = { id: Number(id), hash };
      const expected = Buffer.from(signatureOf(anchor, secret));
      const given = Buffer.from(signature);
      const isOurs = given.length === expected.length && timingSafeEqual(given, expected);
      return isOurs ? [anchor] : [];
    });
}

function signatureOf(anchor: AuditAnchor, secret: string): string {
  return createHmac('sha256', secret).update(`audit ${anchor.id} ${anchor.hash}`).digest('hex');
}
