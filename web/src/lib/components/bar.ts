/** A bar of BarChart, drawn from the bottom up; `text` stands above it. */
export interface Bar {
  readonly id: string;
  readonly label: string;
  readonly text: string;
  readonly segments: readonly {
    readonly value: number;
    /** mute: over; accent: the subject; hatched: not over or not certain. */
    readonly kind: 'mute' | 'accent' | 'hatched';
  }[];
}
