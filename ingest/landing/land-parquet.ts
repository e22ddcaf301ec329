import { randomUUID } from 'node:crypto';
import { basename, join } from 'node:path';
import { SourceFileError, type ColumnOptions } from '../connector.ts';
import { added, checkColumns } from './columns.ts';
import { isDiskFull } from './disk-full.ts';
import { sqlName, sqlText, type RawWriter } from './raw-writer.ts';

/** Lands a Parquet file: every column as text, times in ISO form. */
export async function landParquet(
  path: string,
  folder: string,
  writer: RawWriter,
  options: ColumnOptions,
): Promise<{ part: string; columns: string[]; rows: number }> {
  const name = basename(path);
  const from = `read_parquet(${sqlText(path)})`;
  let described: (string | null)[][];
  const part = join(folder, `part-${randomUUID()}.parquet`);
  try {
    described = await writer.all(`describe select * from ${from}`);
    const columns = described.map(([column]) => column ?? '');
    checkColumns(name, columns, options);
    const extra = added(columns, options);
    const select = [
      ...described.map(
        ([column, type]) => `${asText(column ?? '', type ?? '')} as ${sqlName(column ?? '')}`,
      ),
      ...extra.map((column) => `null::varchar as ${sqlName(column)}`),
      'row_number() over () as _row',
      `${sqlText(name)} as _file`,
    ];
    await writer.run(
      `copy (select ${select.join(', ')} from ${from}) to ${sqlText(part)} (format parquet, compression zstd)`,
    );
    const [rows] = await writer.first(
      `select count(*)::varchar from read_parquet(${sqlText(part)})`,
    );
    return { part, columns: [...columns, ...extra], rows: Number(rows) };
  } catch (error) {
    if (error instanceof SourceFileError || isDiskFull(error)) throw error;
    throw new SourceFileError(
      `${name}: expected a whole Parquet file, but it cannot be read: ${(error as Error).message}. Export it again; nothing of it was loaded.`,
      { cause: error },
    );
  }
}

function asText(column: string, type: string): string {
  const name = sqlName(column);
  if (type.startsWith('TIMESTAMP WITH TIME ZONE'))
    return `strftime(${name} at time zone 'UTC', '%Y-%m-%dT%H:%M:%S.%gZ')`;
  if (type.startsWith('TIMESTAMP')) return `strftime(${name}, '%Y-%m-%dT%H:%M:%S.%g')`;
  return `${name}::varchar`;
}
