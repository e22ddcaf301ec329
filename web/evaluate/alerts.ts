import { believedProbability } from '#analytics/stories.ts';
import type { Queryable } from '#analytics/table.ts';

/** A finding as far as the evaluation looks at it. */
export interface FoundAlert {
  readonly detector: string;
  readonly kind: string;
  /** What a person would decide: the payment request, else the finding's own subject. */
  readonly subject_key: string;
  /** Other keys of the same subject: the finding's subject and the invoice of the request. */
  readonly also: readonly string[];
  /** Day it could first have been known, UTC. */
  readonly day: string;
  /** P(worth stopping) times the amount at stake in group currency; 0 when the amount is unknown. */
  readonly expected_loss: number;
}

/** All findings of a warehouse. */
export async function readFound(warehouse: Queryable): Promise<FoundAlert[]> {
  const { column, rowCount } = await warehouse.columns(`
    select finding.detector, finding.kind, finding.score, finding.amount_at_stake_base::double as amount,
      coalesce(finding.payment_request_key, owning.payment_request_key, finding.subject_key)::varchar as alert_key,
      finding.subject_key::varchar as subject_key,
      request.invoice_key::varchar as invoice_key,
      finding.found_as_of::date::varchar as day
    from finding
    left join payment_request as request on request.payment_request_key = finding.payment_request_key
    left join invoice_flow as owning
      on finding.subject = 'invoice' and owning.invoice_key = finding.subject_key
    order by finding.finding_key`);
  const text = (name: string, row: number) => {
    const value = column[name]?.[row];
    return typeof value === 'string' ? value : '';
  };
  return Array.from({ length: rowCount }, (_, row) => {
    const detector = text('detector', row);
    const score = Number(column['score']?.[row]);
    const amount = Number(column['amount']?.[row] ?? Number.NaN);
    return {
      detector,
      kind: text('kind', row),
      subject_key: text('alert_key', row),
      also: [text('subject_key', row), text('invoice_key', row)],
      day: text('day', row),
      expected_loss: Number.isNaN(amount) ? 0 : believedProbability({ detector, score }) * amount,
    };
  });
}

/**
 * The subjects people would have seen, had they looked at `budget` alerts a day.
 *
 * Definition  Day by day, the subjects with findings of that day and not yet seen are ranked by
 *             their largest expected loss; the first `budget` are seen. A subject is one alert
 *             however many findings it has, and nothing is carried over to the next day.
 */
export function subjectsSeen(
  found: readonly FoundAlert[],
  budget: number,
): { seen: Set<string>; days: number } {
  const days = new Map<string, Map<string, number>>();
  for (const { day, subject_key, expected_loss } of found) {
    const losses = days.get(day) ?? new Map<string, number>();
    losses.set(subject_key, Math.max(losses.get(subject_key) ?? 0, expected_loss));
    days.set(day, losses);
  }
  const seen = new Set<string>();
  for (const day of [...days.keys()].sort()) {
    const fresh = [...(days.get(day) ?? [])].filter(([subject]) => !seen.has(subject));
    fresh.sort(([a, lossA], [b, lossB]) => lossB - lossA || (a < b ? -1 : 1));
    for (const [subject] of fresh.slice(0, budget)) seen.add(subject);
  }
  return { seen, days: days.size };
}
