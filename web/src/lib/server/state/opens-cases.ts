import type { Finding } from '#analytics/detectors/detector.ts';
import type { Queries } from './database.ts';
import type { DetectorSetting } from './rules.ts';
import { activeSuppressions, isSuppressed } from './suppressions.ts';

/**
 * Which findings open cases: those from the score on that was set for their detector, outside the
 * scopes that are to be quiet. The others stay findings.
 */
export async function opensCases(
  queries: Queries,
  asOf: string,
): Promise<(finding: Finding) => boolean> {
  const [settings, suppressions] = await Promise.all([
    queries.query<{ rule_id: string; document: DetectorSetting }>(
      `select rule_id, document from rule_version where kind = 'detector' and state = 'live'`,
    ),
    activeSuppressions(queries, asOf),
  ]);
  const scoreFrom = new Map(
    settings.map(({ rule_id, document }) => [rule_id, document.score_from]),
  );
  return (finding) =>
    finding.score >= (scoreFrom.get(finding.detector) ?? 0) && !isSuppressed(finding, suppressions);
}
