import type { GenericSchema } from 'valibot';
import type { RecordName } from './records.ts';

/**
 * A connector: everything known about one outside system. It fetches and parses, nothing more:
 * rows land untouched (every column as text), and the staging SQL beside it gives them the
 * product's names. A mapping fix can therefore be replayed over old batches.
 */
export interface Connector<Settings = unknown> {
  /** Folder name under `connectors/` and the word used in configuration. */
  readonly name: string;
  readonly brings: readonly RecordName[];
  /** Schema of the source's settings in `quittance.json`; wrong settings name the field and what to do. */
  readonly settings: GenericSchema<unknown, Settings>;
  /**
   * How files divide into deliveries; each becomes one batch. `_row` counts within a stream of a
   * batch, so two files of one stream never share a delivery. One delivery per file when absent.
   *
   * Errors  a file the connector has no stream for throws `SourceFileError`.
   */
  deliveries?(paths: readonly string[], settings: Settings): readonly (readonly string[])[];
  /**
   * Reads what is new and hands each stream to the landing. Runs in a child process, so a hostile
   * file cannot take the server with it.
   *
   * Errors  a file that cannot be read as a whole throws `SourceFileError` (nothing of it lands);
   *         a bad row is handed over as rejected and does not stop its neighbours.
   */
  extract(request: ExtractRequest<Settings>, landing: Landing): Promise<void>;
  /**
   * For live sources: brings what is new since a time to files in `folder`, untouched, and says as of
   * when the source gave them. The files are then landed like any others; no paths means no news.
   */
  fetch?(request: FetchRequest<Settings>): Promise<Fetched>;
  /** How landed streams become canonical records. */
  staging(settings: Settings): readonly Staging[];
  /** Carries a decision back; idempotent by `command.decision_id`. */
  send?(command: Command, settings: Settings, signal: AbortSignal): Promise<SendResult>;
}

/** What to read: paths for file connectors, `since` (UTC ISO time) for live ones. */
export interface ExtractRequest<Settings> {
  readonly settings: Settings;
  readonly paths: readonly string[];
  readonly since?: string;
  readonly signal: AbortSignal;
}

/** What to bring: `since` is `extracted_at` of the last fetch that succeeded, by the source's own clock. */
export interface FetchRequest<Settings> {
  readonly settings: Settings;
  readonly folder: string;
  readonly since?: string;
  /**
   * The payment requests of this source that the warehouse holds open, to be compared with what is
   * there: what vanished leaves no other trace. Absent where there is no warehouse yet.
   */
  openRequests?(): Promise<readonly StagedRow[]>;
  readonly signal: AbortSignal;
}

/** A record by its staged names (`<record>_id`, references as natural ids), every value as text. */
export type StagedRow = Readonly<Record<string, string | null>>;

/** What a live source gave. */
export interface Fetched {
  readonly paths: readonly string[];
  readonly extracted_at: string;
  /** What a person should look at although reading succeeded, e.g. a right that is missing. */
  readonly warnings?: readonly string[];
}

/** Where a connector puts what it read. Streams are named after the source's own tables or files. */
export interface Landing {
  /** Lands a clean delimited file without copying values through JavaScript. */
  csv(stream: string, path: string, options: CsvOptions): Promise<void>;
  /** Lands a Parquet file; every column is stored as text, times as ISO text. */
  parquet(stream: string, path: string, options?: ColumnOptions): Promise<void>;
  /**
   * Lands parsed rows: `columns[i]` names `row[i]`; null is "not said", '' is empty text.
   * A column `_row` carries the physical record number; without it rows are counted from 1.
   */
  rows(
    stream: string,
    columns: readonly string[],
    rows: AsyncIterable<readonly (string | null)[]>,
  ): Promise<void>;
  /** A physical record that could not be parsed. */
  reject(
    stream: string,
    rejected: { source_row: number; code: string; detail: string; raw: string },
  ): void;
  /** A physical record left out on purpose (blank line, footer), with the reason. */
  ignore(stream: string, ignored: { source_row: number; reason: string }): void;
  /** A total printed in the source, checked before publishing, e.g. opening + entries = closing. */
  controlTotal(total: ControlTotal): void;
  /** The same over a landed stream: a select from it that gives name, expected and actual as text. */
  controlTotalsOf(stream: string, sql: string): Promise<void>;
  /** Something odd that does not stop loading. */
  warn(message: string): void;
}

/** Which columns a file must and may have. Names are compared without case and outer blanks. */
export interface ColumnOptions {
  /** Columns that must be there, or one of several names; a missing one refuses the file and is named. */
  readonly required?: readonly (string | readonly string[])[];
  /** Columns the staging SQL names: landed empty when the file lacks them. */
  readonly optional?: readonly string[];
}

export interface CsvOptions extends ColumnOptions {
  /** Tried in the order , ; tab | when absent: the first under which the header has what is required. */
  readonly delimiter?: string;
  /** 'utf-8' unless detected otherwise; 'gb18030', 'utf-16le' and others are decoded before parsing. */
  readonly encoding?: string;
  /** 'required' (default) takes a file without a line break at its end for cut off and refuses it. */
  readonly finalLineBreak?: 'required' | 'optional';
}

/** A total the source itself states. The batch is held, not published, when the two differ. */
export interface ControlTotal {
  readonly name: string;
  readonly expected: string;
  readonly actual: string;
}

/**
 * One `select` that turns streams into staged rows of one record.
 *
 * Each stream is a table of its own name with text columns plus `_row` (physical record number),
 * `_batch_id` and `_extracted_at`. The select gives `<record>_id`, the record's columns by their
 * staged names (see `stagedName`; a column left out is null) and `_row` of the driving stream.
 * A select that combines physical rows into one record gives the first one's `_row` and, as
 * `_row_count`, how many it stands for (1 when the column is absent).
 * A select that also gives the driving row's `_batch_id` keeps batches apart itself, so that many
 * small ones are staged at once; without it each batch is staged alone.
 * A select with `linkedBy` must give `_batch_id`: it sees rows of every landed
 * batch, of which exact repeats are left out; it picks the newest version itself where rows differ.
 * Values stay text in ISO form: what cannot be read keeps its original text, so that the typed
 * cast afterwards rejects it with the value named. Unknown stays null, never 0.
 */
export interface Staging {
  readonly record: RecordName;
  /** The first stream drives: its rows are loaded, rejected or ignored by this select. */
  readonly streams: readonly [string, ...string[]];
  readonly sql: string;
  /**
   * For selects that join streams: per stream the columns that hold the joining value, so that a
   * later batch of one stream re-stages the rows of the others.
   */
  readonly linkedBy?: Readonly<Record<string, readonly string[]>>;
}

/** A decision on its way to the source system. */
export interface Command {
  readonly decision_id: string;
  readonly action: 'release' | 'hold' | 'reject' | 'refer';
  readonly payment_request_id: string;
  /** The state the person saw; the source refuses when it has moved on (compare-and-set). */
  readonly expected_status: string;
  readonly expected_version: number;
  readonly reason_code: string;
  readonly note: string;
  readonly decided_by: string;
  /** E-mail address of the person, for sources that know people by it. */
  readonly decided_by_email?: string;
  readonly decided_at: string;
}

/**
 * What became of a command.
 *
 * `accepted` was read back from the source; `awaits` says what is still missing there before it
 * takes effect. `refused` is final and names why. `needs_person` is final too: somebody has to act
 * in the source, or correct a setting and send again. `retry` means that nothing is known yet.
 */
export type SendResult =
  | {
      readonly outcome: 'accepted';
      readonly status: string;
      readonly status_version: number;
      readonly awaits?: 'second_approval';
    }
  | { readonly outcome: 'refused'; readonly why: string }
  | { readonly outcome: 'needs_person'; readonly why: string }
  | { readonly outcome: 'retry'; readonly why: string; readonly after_ms?: number };

/** A file that cannot be taken as a whole: says which, what is wrong and what to do. */
export class SourceFileError extends Error {
  override name = 'SourceFileError';
}
