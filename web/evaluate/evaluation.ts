import { subjectsSeen, type FoundAlert } from './alerts.ts';
import type { Instance } from './answer-key.ts';

/** How one kind of incident was found; rates are null when there is nothing to divide by. */
export interface KindEvaluation {
  readonly incidents: number;
  readonly found: number;
  readonly recall: number | null;
  readonly twins: number;
  readonly twins_flagged: number;
  /** found / (found + flagged twins): of those flagged, the share that is an incident. */
  readonly precision_against_twins: number | null;
}

/** The evaluation of all kinds. `days` with risk findings, `alerts` seen within the budget. */
export interface Evaluation {
  readonly recall: number | null;
  readonly precision_against_twins: number | null;
  readonly kinds: Readonly<Record<string, KindEvaluation>>;
  readonly budget: number;
  readonly days: number;
  readonly alerts: number;
}

/**
 * Compares findings with the answer key under a budget of alerts a day.
 *
 * Definition  An instance is found (a twin: flagged) when a detector accepted for its kind has a
 *             finding on one of its subjects, and, for risk, that subject was among the alerts seen.
 *             Findings of kind saving and delay are lists, not alerts: no budget limits them.
 */
export function evaluate(
  found: readonly FoundAlert[],
  instances: readonly Instance[],
  budget: number,
): Evaluation {
  const { seen, days } = subjectsSeen(
    found.filter(({ kind }) => kind === 'risk'),
    budget,
  );
  const shown = found.filter(({ kind, subject_key }) => kind !== 'risk' || seen.has(subject_key));
  const detectorsOf = new Map<string, Set<string>>();
  for (const { detector, subject_key, also } of shown) {
    for (const key of [subject_key, ...also]) {
      const detectors = detectorsOf.get(key) ?? new Set();
      detectorsOf.set(key, detectors.add(detector));
    }
  }
  const isNamed = ({ subject_keys, detectors }: Instance) =>
    subject_keys.some((key) => detectors.some((name) => detectorsOf.get(key)?.has(name)));
  const kinds = [...new Set(instances.map(({ kind }) => kind))];
  const named = (rows: readonly Instance[]) => rows.filter(isNamed).length;
  const judge = (rows: readonly Instance[]): KindEvaluation => {
    const incidents = rows.filter(({ twin }) => !twin);
    const twins = rows.filter(({ twin }) => twin);
    const hits = named(incidents);
    const flagged = named(twins);
    return {
      incidents: incidents.length,
      found: hits,
      recall: rate(hits, incidents.length),
      twins: twins.length,
      twins_flagged: flagged,
      precision_against_twins: rate(hits, hits + flagged),
    };
  };
  const all = judge(instances);
  return {
    recall: all.recall,
    precision_against_twins: all.precision_against_twins,
    kinds: Object.fromEntries(
      kinds.map((kind) => [kind, judge(instances.filter((instance) => instance.kind === kind))]),
    ),
    budget,
    days,
    alerts: seen.size,
  };
}

function rate(part: number, whole: number): number | null {
  return whole === 0 ? null : Math.round((part / whole) * 10_000) / 10_000;
}
