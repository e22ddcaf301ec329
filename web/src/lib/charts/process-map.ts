import type { WaitCause } from '#analytics/process/causes.ts';
import type { ActivityControl } from '#analytics/process/control.ts';
import type { ProcessLayout } from '#analytics/process/layout.ts';
import type { MapEdge } from '#analytics/process/map.ts';

export const edgeMeasures = ['median', 'p90', 'sum'] as const;
export type EdgeMeasure = (typeof edgeMeasures)[number];

export interface DrawnActivity {
  readonly name: string;
  /** The name in at most two lines. */
  readonly lines: readonly string[];
  readonly count: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface DrawnEdge {
  readonly from: string;
  readonly to: string;
  readonly count: number;
  readonly path: string;
  readonly label_x: number;
  readonly label_y: number;
  readonly is_backward: boolean;
  /** Seconds of the chosen measure; null when no time is known to the second. */
  readonly wait_seconds: number | null;
  /** Of all waiting on the map. */
  readonly share: number | null;
  /** More than a fifth of all waiting. */
  readonly is_hot: boolean;
  readonly stroke_width: number;
  /** Largest cause of the wait, and its share of it; null before it is known. */
  readonly cause: { readonly name: WaitCause; readonly share: number } | null;
  readonly control: ActivityControl;
}

/** What drawing needs of a map. */
export interface DrawableMap {
  readonly activities: readonly { readonly name: string; readonly count: number }[];
  readonly edges: readonly (MapEdge & {
    readonly parts?: Readonly<Record<WaitCause, number>> | null;
    readonly main_cause?: WaitCause | null;
    readonly control?: ActivityControl;
  })[];
}

export interface DrawnProcess {
  readonly width: number;
  readonly height: number;
  readonly activities: readonly DrawnActivity[];
  readonly edges: readonly DrawnEdge[];
}

const hotShare = 0.2;
const widest = 12;
const lineLength = 15;

/** A process map and its layout to boxes and paths; edges with more waiting are thicker and drawn last. */
export function drawProcess(
  map: DrawableMap,
  layout: ProcessLayout,
  measure: EdgeMeasure,
): DrawnProcess {
  const total = map.edges.reduce((sum, edge) => sum + (edge.sum ?? 0), 0);
  const greatest = Math.max(...map.edges.map((edge) => edge.sum ?? 0), 1);
  const shared = sharedBeginning(layout.activities.map(({ name }) => name));
  const counts = new Map(map.activities.map(({ name, count }) => [name, count]));
  return {
    width: layout.width,
    height: layout.height,
    activities: layout.activities.map((activity) => ({
      ...activity,
      lines: twoLines(
        activity.name.startsWith(shared) ? activity.name.slice(shared.length) : activity.name,
      ),
      count: counts.get(activity.name) ?? 0,
    })),
    edges: layout.edges
      .flatMap((placed) => {
        const edge = map.edges.find(({ from, to }) => from === placed.from && to === placed.to);
        if (!edge) return [];
        const share = total > 0 && edge.sum !== null ? edge.sum / total : null;
        return [
          {
            ...placed,
            count: edge.count,
            wait_seconds: edge[measure],
            share,
            is_hot: share !== null && share > hotShare && (edge.control ?? 'own') === 'own',
            cause: mainCause(edge),
            control: edge.control ?? 'own',
            stroke_width: Math.max(
              1.5,
              Math.round(((edge.sum ?? 0) / greatest) * widest * 10) / 10,
            ),
          },
        ];
      })
      .sort((a, b) => (a.share ?? 0) - (b.share ?? 0)),
  };
}

function mainCause({ parts, main_cause }: DrawableMap['edges'][number]): DrawnEdge['cause'] {
  if (parts == null || main_cause == null) return null;
  const all = Object.values(parts).reduce((sum, part) => sum + part, 0);
  return { name: main_cause, share: parts[main_cause] / all };
}

/**
 * The words most names begin with, e.g. the document type that a system writes before each step:
 * on the map they would leave no room for what differs. Empty when fewer than half share one.
 */
export function sharedBeginning(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) {
    const words = name.split(' ');
    for (let count = 1; count < words.length; count += 1) {
      const beginning = `${words.slice(0, count).join(' ')} `;
      counts.set(beginning, (counts.get(beginning) ?? 0) + 1);
    }
  }
  const most = [...counts].filter(([, count]) => count > 2 && count > names.length / 2);
  return most.reduce(
    (longest, [beginning]) => (beginning.length > longest.length ? beginning : longest),
    '',
  );
}

/** Breaks a name between words into two lines; what still does not fit ends in …. */
export function twoLines(name: string, length = lineLength): readonly string[] {
  const words = name.split(/\s+/);
  let first = words.shift() ?? '';
  while (words[0] !== undefined && first.length + 1 + words[0].length <= length) {
    first += ` ${words.shift() ?? ''}`;
  }
  const cut = (line: string): string =>
    line.length > length ? `${line.slice(0, length - 1)}…` : line;
  return words.length === 0 ? [cut(first)] : [cut(first), cut(words.join(' '))];
}
