/** A KPI ready to be shown: every text already in the reader's language. */
export interface Tile {
  readonly id: string;
  readonly name: string;
  readonly definition: string;
  readonly href: string;
  readonly value: string;
  readonly unit: string;
  readonly isTooFew: boolean;
  readonly interval: string;
  readonly change: number | null;
  readonly changeText: string;
  readonly note: string;
  readonly better: 'higher' | 'lower' | 'context';
  readonly series: readonly (number | null)[];
  readonly isRunning: boolean;
  readonly target: {
    readonly text: string;
    readonly value_percent: number;
    readonly target_percent: number;
    readonly isMet: boolean;
  } | null;
  readonly caption: string;
  readonly asOf: string;
}
