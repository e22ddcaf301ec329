import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import pg from 'pg';
import type { Entry } from './entries.ts';

/** What a restored database must look like. */
export interface StateShape {
  /** Migrations applied; the restoring program must know exactly these. */
  readonly migrations: readonly number[];
  readonly sequences: readonly { readonly name: string; readonly last_value: string | null }[];
}

const rowsPerRead = 2_000;
/** Quoted name of every table whose rows are kept; `migration` is made by migrating. */
const tableNames = `
  select format('%I.%I', n.nspname, c.relname) as name
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'r' and n.nspname in ('public', 'graphile_worker')
    and (n.nspname, c.relname) not in (('public', 'migration'), ('graphile_worker', 'migrations'))
  order by 1`;

/**
 * Every row of every table as they were at one moment, one entry per table: each line is the JSON text
 * of one row's composite value, which PostgreSQL reads back exactly.
 */
export async function* stateEntries(
  client: pg.Client,
  shape: (shape: StateShape) => void,
): AsyncGenerator<Entry> {
  await client.query('begin isolation level repeatable read read only');
  try {
    const migrations = await client.query<{ number: number }>(
      'select number from migration order by number',
    );
    const sequences = await client.query<{ name: string; last_value: string | null }>(
      `select format('%I.%I', schemaname, sequencename) as name, last_value from pg_sequences
       where schemaname in ('public', 'graphile_worker') order by 1`,
    );
    shape({
      migrations: migrations.rows.map(({ number }) => number),
      sequences: sequences.rows,
    });
    const tables = await client.query<{ name: string }>(tableNames);
    for (const { name } of tables.rows) {
      yield { name: `state/${name}`, content: rowsOf(client, name) };
    }
  } finally {
    await client.query('rollback');
  }
}

async function* rowsOf(client: pg.Client, table: string): AsyncGenerator<Buffer> {
  await client.query(
    `declare backup_rows no scroll cursor for select kept::text as line from ${table} kept`,
  );
  for (;;) {
    const read = await client.query<{ line: string }>(`fetch ${rowsPerRead} from backup_rows`);
    if (read.rows.length > 0) {
      yield Buffer.from(read.rows.map(({ line }) => `${JSON.stringify(line)}\n`).join(''));
    }
    if (read.rows.length < rowsPerRead) break;
  }
  await client.query('close backup_rows');
}

/** Puts rows back into a migrated, unused database, all or nothing. */
export class StateLoader {
  #client: pg.Client;
  #foreignKeys: { table_name: string; name: string; definition: string }[] = [];
  #tables = new Set<string>();

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  /**
   * Starts loading.
   *
   * Errors  names a database that is in use already
   */
  static async open(url: string): Promise<StateLoader> {
    const client = new pg.Client({ connectionString: url, options: '-c timezone=UTC' });
    await client.connect();
    const loader = new StateLoader(client);
    try {
      await loader.#begin();
      return loader;
    } catch (cause) {
      await client.end();
      throw cause;
    }
  }

  async #begin(): Promise<void> {
    const used = await this.#client.query<{ rows: number }>(
      `select (select count(*) from audit_log)::int + (select count(*) from "user")::int as rows`,
    );
    if (used.rows[0]?.rows !== 0) {
      throw new Error(
        'The database holds decisions already; a backup is restored into an empty one. Create a new database, or choose an empty folder',
      );
    }
    const tables = await this.#client.query<{ name: string }>(tableNames);
    this.#tables = new Set(tables.rows.map(({ name }) => name));
    await this.#client.query('begin');
    // Rows come table by table, so references are checked once, at the end.
    const keys = await this.#client.query<{ table_name: string; name: string; definition: string }>(
      `select conrelid::regclass::text as table_name, quote_ident(conname) as name,
         pg_get_constraintdef(oid) as definition
       from pg_constraint where contype = 'f'
         and connamespace in ('public'::regnamespace, 'graphile_worker'::regnamespace)`,
    );
    this.#foreignKeys = keys.rows;
    for (const { table_name, name } of this.#foreignKeys) {
      await this.#client.query(`alter table ${table_name} drop constraint ${name}`);
    }
    for (const table of this.#tables) {
      if (table !== 'public.audit_log') await this.#client.query(`delete from ${table}`);
    }
  }

  /** Inserts the lines of one table; gives the number of rows. */
  async load(table: string, content: AsyncIterable<Buffer>): Promise<number> {
    if (!this.#tables.has(table)) {
      throw new Error(`The backup holds ${table}, which this version of Quittance does not know`);
    }
    let rows = 0;
    let lines: string[] = [];
    const insert = async (): Promise<void> => {
      await this.#client.query(
        `insert into ${table} overriding system value
         select (line::${table}).* from unnest($1::text[]) line`,
        [lines],
      );
      rows += lines.length;
      lines = [];
    };
    for await (const line of createInterface({ input: Readable.from(content) })) {
      lines.push(JSON.parse(line) as string);
      if (lines.length >= rowsPerRead) await insert();
    }
    if (lines.length > 0) await insert();
    return rows;
  }

  /** Checks the shape, restores references and sequences, and makes it all permanent. */
  async finish(shape: StateShape): Promise<void> {
    const known = await this.#client.query<{ number: number }>(
      'select number from migration order by number',
    );
    const numbers = known.rows.map(({ number }) => number);
    if (numbers.join() !== shape.migrations.join()) {
      throw new Error(
        `The backup is of migration ${shape.migrations.at(-1)}, this version of Quittance is at ${numbers.at(-1)}; restore it with the version that made it, then upgrade`,
      );
    }
    for (const { name, last_value } of shape.sequences) {
      if (last_value !== null)
        await this.#client.query('select setval($1, $2)', [name, last_value]);
    }
    for (const { table_name, name, definition } of this.#foreignKeys) {
      await this.#client.query(`alter table ${table_name} add constraint ${name} ${definition}`);
    }
    await this.#client.query('commit');
    await this.#client.end();
  }

  /** Gives up: the database is as it was. */
  async cancel(): Promise<void> {
    await this.#client.query('rollback').catch(() => undefined);
    await this.#client.end();
  }
}
