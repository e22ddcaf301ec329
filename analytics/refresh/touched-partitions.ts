import type { Detector } from '../detectors/detector.ts';
import type { Changes } from './changes.ts';
import { quoteLiteral } from './quote.ts';
import type { Store } from './shadow.ts';

/** Changes of one refresh beside the tables they were made in. */
export interface Changed extends Store {
  readonly changes: Changes;
}

/** How far a detector must look again; answers about moments before those named stay as they are. */
export interface Extent {
  /** Earliest moment in the partitions that stand for it in `temp.touched`; null when there are none. */
  readonly within: string | null;
  /** Earliest moment in all partitions, because a table changed that it reads in full; null when none did. */
  readonly everywhere: string | null;
}

/** A detector and the text of its select. */
export interface Question {
  readonly detector: Detector;
  readonly sql: string;
}

/**
 * Where each detector must look again after changed rows; one that is not in the answer need not.
 *
 * Definition  A changed row counts for a detector when a column that its select names differs, and
 *             only where `only` lets the row in. Fills `temp.touched` (detector, partition_key,
 *             everywhere, since).
 */
export async function touchedPartitions(
  on: Changed,
  questions: readonly Question[],
): Promise<Map<string, Extent>> {
  const selects: string[] = [];
  for (const question of questions) selects.push(...(await touchingRows(on, question)));
  if (selects.length === 0) return new Map();
  await on.writer.run(
    `create or replace temp table touched as
     select detector, partition_key, everywhere, min(since) as since
     from (\n${selects.join('\nunion all\n')}\n) where everywhere or partition_key is not null group by all`,
  );
  const extents = await on.writer.runAndReadAll(
    `select detector, min(since) filter (not everywhere)::varchar, min(since) filter (everywhere)::varchar
     from temp.touched group by detector`,
  );
  const moment = (value: unknown) => (typeof value === 'string' ? value : null);
  return new Map(
    extents
      .getRows()
      .map(([detector, within, everywhere]) => [
        String(detector),
        { within: moment(within), everywhere: moment(everywhere) },
      ]),
  );
}

async function touchingRows(on: Changed, { detector, sql }: Question): Promise<string[]> {
  const { reads, wholly = [], only = {}, knownFrom = {} } = detector;
  const selects: string[] = [];
  for (const table of [...Object.keys(reads), ...wholly]) {
    if (on.changes.of(table) !== 'some') continue;
    const partition = reads[table];
    const moment = knownFrom[table];
    const rows = await on.changes.differing(table, {
      text: `${sql} ${partition ?? ''} ${moment ?? ''}`,
      where: only[table] ?? 'true',
    });
    selects.push(
      `select ${quoteLiteral(detector.id)} as detector, ${partition ?? 'null'}::varchar as partition_key,
         ${String(partition === undefined)} as everywhere,
         coalesce((${moment ?? 'null'})::timestamp, timestamp '-infinity') as since
       from (${rows})`,
    );
  }
  return selects;
}
