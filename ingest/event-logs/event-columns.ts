/** A column of few different texts: `names[code[row]]`; a code of -1 is an empty cell. */
export interface CodedColumn {
  readonly names: readonly string[];
  readonly code: Int32Array;
}

/** Events of which the log told too little to place them; they are counted, not guessed at. */
export interface LeftOut {
  readonly reason: 'no_case' | 'no_activity' | 'no_time' | 'unreadable_time' | 'other_life_cycle';
  readonly count: number;
  /** Source row (from 0) and text of the first such event. */
  readonly first_row: number;
  readonly first_text: string;
}

/**
 * An event log as a reader gives it: one entry per event in the order of the file.
 *
 * Units  times in milliseconds since 1970 UTC; fractions are kept
 */
export interface EventColumns {
  readonly event_count: number;
  /** Position of the event in its source, counted from 0. */
  readonly source_row: Int32Array;
  readonly case: CodedColumn;
  readonly activity: CodedColumn;
  readonly complete_ms: Float64Array;
  /** When work began; null where the log tells completion only. */
  readonly start_ms: Float64Array | null;
  readonly resource: CodedColumn | null;
  readonly role: CodedColumn | null;
  /** Further columns asked for, by their name in the source; the first filled cell of a case counts. */
  readonly attributes: Readonly<Record<string, CodedColumn>>;
  readonly left_out: readonly LeftOut[];
}
