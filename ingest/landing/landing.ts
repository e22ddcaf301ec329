import { rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ControlTotal, Landing } from '../connector.ts';
import { landCsv } from './land-csv.ts';
import { landParquet } from './land-parquet.ts';
import { openRawWriter, sqlName, sqlText, type RawTable } from './raw-writer.ts';

/** What a landing counted; the manifest is made of it. */
export interface Landed {
  readonly streams: Record<string, { rows: number; columns: string[] }>;
  readonly physical_records: Record<string, number>;
  readonly rejected: Record<string, number>;
  readonly ignored: { stream: string; reason: string; count: number }[];
  readonly control_totals: ControlTotal[];
  readonly warnings: string[];
}

/** A landing that writes into one folder; `finish` closes it and checks that every record is accounted for. */
export interface FolderLanding extends Landing {
  finish(): Promise<Landed>;
  close(): void;
}

/**
 * Opens a landing that writes `<stream>.parquet` and `rejected.parquet` into a folder.
 *
 * Shape   streams: text columns as in the source, `_row` BIGINT, `_file` VARCHAR.
 *         rejected: stream, code, detail, raw (at most 4,000 characters), source_row, _file.
 * Errors  `finish` throws when rows + rejected + ignored differ from the physical records.
 */
export async function openLanding(
  folder: string,
  onProgress: (step: string, count: number) => void,
): Promise<FolderLanding> {
  const writer = await openRawWriter(folder);
  const parts = new Map<string, { files: string[]; columns: string[]; rows: number }>();
  const physical: Record<string, number> = {};
  const rejected: Record<string, number> = {};
  const parsed = new Set<string>();
  const ignored = new Map<string, { stream: string; reason: string; count: number }>();
  const controlTotals: ControlTotal[] = [];
  const warnings: string[] = [];
  let file = '';
  let rejects: RawTable | undefined;
  const waiting: { values: string[]; row: number; file: string }[] = [];

  function reject(
    stream: string,
    {
      source_row,
      code,
      detail,
      raw,
    }: { source_row: number; code: string; detail: string; raw: string },
  ): void {
    rejected[stream] = (rejected[stream] ?? 0) + 1;
    waiting.push({ values: [stream, code, detail, raw.slice(0, 4000)], row: source_row, file });
  }

  async function flushRejects(): Promise<void> {
    if (waiting.length === 0) return;
    rejects ??= await writer.table(['stream', 'code', 'detail', 'raw']);
    for (const { values, row, file } of waiting.splice(0)) await rejects.add(values, row, file);
  }

  function ignore(stream: string, { reason }: { source_row: number; reason: string }): void {
    const key = `${stream}\u001f${reason}`;
    const entry = ignored.get(key) ?? { stream, reason, count: 0 };
    entry.count++;
    ignored.set(key, entry);
  }

  function addParts(stream: string, files: string[], columns: string[], rows: number): void {
    const known = parts.get(stream);
    parts.set(stream, {
      files: [...(known?.files ?? []), ...files],
      columns: [...new Set([...(known?.columns ?? []), ...columns])],
      rows: (known?.rows ?? 0) + rows,
    });
  }

  return {
    async csv(stream, path, options) {
      file = basename(path);
      const landed = await landCsv({
        path,
        options,
        folder,
        writer,
        reject: (row) => reject(stream, row),
        blank: (row) => ignore(stream, { source_row: row, reason: 'blank_line' }),
        onProgress: (rows) => onProgress(`reading ${file}`, rows),
      });
      addParts(stream, [landed.part], landed.columns, landed.scan.rows);
      physical[stream] = (physical[stream] ?? 0) + landed.scan.physical;
      warnings.push(...landed.warnings);
      await flushRejects();
    },
    async parquet(stream, path, options) {
      file = basename(path);
      onProgress(`reading ${file}`, 0);
      const landed = await landParquet(path, folder, writer, options ?? {});
      addParts(stream, [landed.part], landed.columns, landed.rows);
      physical[stream] = (physical[stream] ?? 0) + landed.rows;
    },
    async rows(stream, columns, rows) {
      const rowAt = columns.indexOf('_row');
      const fileAt = columns.indexOf('_file');
      const own = columns.filter((column) => column !== '_row' && column !== '_file');
      const table = await writer.table(own);
      let count = 0;
      for await (const row of rows) {
        count++;
        const values = row.filter((_, at) => at !== rowAt && at !== fileAt);
        const number = rowAt < 0 ? count : Number(row[rowAt]);
        await table.add(values, number, fileAt < 0 ? file : (row[fileAt] ?? ''));
        if (count % 10_000 === 0) onProgress(`reading ${stream}`, count);
        if (waiting.length > 10_000) await flushRejects();
      }
      addParts(stream, await table.finish(), own, count);
      parsed.add(stream);
      await flushRejects();
      onProgress(`reading ${stream}`, count);
    },
    reject,
    ignore,
    controlTotal: (total) => controlTotals.push(total),
    async controlTotalsOf(stream, sql) {
      const files = parts.get(stream)?.files ?? [];
      if (files.length === 0) return;
      await writer.run(
        `create or replace temp view ${sqlName(stream)} as select * from read_parquet([${files.map(sqlText).join(', ')}], union_by_name = true)`,
      );
      for (const [name, expected, actual] of await writer.all(sql))
        controlTotals.push({ name: name ?? '', expected: expected ?? '', actual: actual ?? '' });
    },
    warn: (message) => warnings.push(message),
    async finish() {
      await flushRejects();
      const streams: Landed['streams'] = {};
      for (const [stream, { files, columns, rows }] of parts) {
        const target = join(folder, `${stream}.parquet`);
        const [only] = files;
        if (files.length === 1 && only !== undefined) await rename(only, target);
        else await writer.join(files, target);
        streams[stream] = { rows, columns };
      }
      if (rejects)
        await writer.join(
          await rejects.finish(),
          join(folder, 'rejected.parquet'),
          '* rename (_row as source_row)',
        );
      await rm(join(folder, 'spill'), { recursive: true, force: true });
      for (const stream of parsed)
        physical[stream] = (streams[stream]?.rows ?? 0) + leftOut(stream);
      const landed: Landed = {
        streams,
        physical_records: physical,
        rejected,
        ignored: [...ignored.values()],
        control_totals: controlTotals,
        warnings,
      };
      checkConservation(landed);
      return landed;
    },
    close: () => writer.close(),
  };

  /** Rejected and ignored records of a stream: what a connector parses itself, it counts itself. */
  function leftOut(stream: string): number {
    let sum = rejected[stream] ?? 0;
    for (const entry of ignored.values()) if (entry.stream === stream) sum += entry.count;
    return sum;
  }
}

function checkConservation(landed: Landed): void {
  for (const [stream, physical] of Object.entries(landed.physical_records)) {
    const rows = landed.streams[stream]?.rows ?? 0;
    const rejected = landed.rejected[stream] ?? 0;
    const ignored = landed.ignored
      .filter((entry) => entry.stream === stream)
      .reduce((sum, { count }) => sum + count, 0);
    if (rows + rejected + ignored !== physical)
      throw new Error(
        `${stream}: ${rows} landed + ${rejected} rejected + ${ignored} ignored is not ${physical} physical records; nothing was published. Report this file: the reader lost count.`,
      );
  }
}
