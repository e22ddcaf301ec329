import type { Application } from '../application.ts';
import { noteHead, readHeads } from '../audit-heads.ts';
import { verifyAudit, type AuditAnchor, type AuditVerification } from '../state/audit.ts';

/**
 * Recomputes the audit chain against the signed heads noted in the data folder and those given, e.g.
 * from a digest, and notes the new head when all is well.
 */
export async function verifyAuditLog(
  { state, dataFolder }: Pick<Application, 'state' | 'dataFolder'>,
  exported: readonly AuditAnchor[] = [],
): Promise<AuditVerification> {
  const result = await verifyAudit(state, [...(await readHeads(dataFolder)), ...exported]);
  if (result.intact) await noteHead(state, dataFolder);
  return result;
}
