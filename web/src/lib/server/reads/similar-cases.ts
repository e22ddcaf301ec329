import type { Queries } from '../state/database.ts';
import type { Person } from '../auth/person.ts';

/** A decided case that was flagged for the same things. */
export interface SimilarCase {
  readonly case_number: string;
  readonly vendor_name: string | null;
  readonly detectors: readonly string[];
  readonly amount_base: string | null;
  readonly verdict: string;
  readonly action: string;
}

const similarLimit = 5;

/**
 * Decided cases with the most detectors in common, then the nearest amount. Only what the ERP
 * accepted counts: a decision that never arrived says nothing.
 */
export function readSimilarCases(
  queries: Queries,
  person: Person,
  caseNumber: string,
): Promise<SimilarCase[]> {
  return queries.query<SimilarCase>(
    `with mine as (
       select c.case_number, c.amount_base, array_agg(distinct f.detector) as detectors
       from cases c join case_finding f using (case_number)
       where c.case_number = $2 group by c.case_number
     ),
     other as (
       select c.case_number, c.title->>'vendor_name' as vendor_name, c.amount_base,
         d.verdict, d.action, array_agg(distinct f.detector) as detectors
       from cases c
       join case_finding f using (case_number)
       join lateral (
         select verdict, action, decision_id from decision
         where decision.case_number = c.case_number and undone_at is null
         order by decided_at desc limit 1
       ) d on true
       join outbox o on o.decision_id = d.decision_id and o.state = 'accepted'
       where c.case_number <> $2 and ($1::uuid[] is null or c.company_key = any($1))
       group by c.case_number, d.verdict, d.action
     )
     select other.case_number, other.vendor_name, other.amount_base, other.verdict, other.action,
       (select array_agg(x) from unnest(other.detectors) x where x = any(mine.detectors)) as detectors
     from other, mine where other.detectors && mine.detectors
     order by cardinality((select array_agg(x) from unnest(other.detectors) x where x = any(mine.detectors))) desc,
       abs(other.amount_base - mine.amount_base) nulls last, other.case_number
     limit ${similarLimit}`,
    [person.company_keys, caseNumber],
  );
}
