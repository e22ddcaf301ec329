import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * One `.sql` file that derives one table, or (in `checks/`) one promise that returns no rows.
 *
 * Its header says the grain and how an increment finds the rows to derive again:
 *
 *   -- One row per invoice.
 *   -- key: invoice_key
 *   -- touched by: invoice.invoice_key, vendor.vendor_key via invoice.vendor_key
 *
 * `table.column` means: a changed row touches the key with that value. `table.column via
 * other.column` means: it touches the keys of those rows of `other` whose column has that value
 * (`other` has the model's key column itself); `when changed.x < other.y` after it narrows them
 * further. An expression or several columns stand in
 * parentheses: `invoice_flow.(company_key, received_on)`. In an increment each table named sees
 * only the rows of touched keys; a change of any other input derives the whole table again.
 */
export interface Model {
  readonly name: string;
  readonly grain: string;
  readonly sql: string;
  /** Columns whose values an increment replaces together; empty means always in full. */
  readonly key: readonly string[];
  readonly touchedBy: readonly Touch[];
  /** Tables read, models and records alike, in order of first mention. */
  readonly inputs: readonly string[];
}

/** A table whose changed rows touch keys of a model. */
export interface Touch {
  readonly table: string;
  readonly columns: readonly string[];
  readonly via?: { readonly table: string; readonly columns: readonly string[] };
  /** Condition between `changed` (the changed row) and `other` (the row it reaches), to touch fewer keys. */
  readonly when?: string;
}

/** All models of the product, inputs before those that read them. */
export function readModels(folder: string = ownFolder('./models/')): Model[] {
  return inOrder(readFolder(folder));
}

/** All checks of the product, by name. */
export function readChecks(folder: string = ownFolder('./checks/')): Model[] {
  return readFolder(folder);
}

/**
 * Reads the header and the inputs of one file's text.
 *
 * Errors  a header that cannot be understood names the file and the part.
 */
export function parseModel(name: string, sql: string): Model {
  const header = sql.split('\n').filter((line) => line.startsWith('--'));
  const field = (label: string) => {
    const start = header.findIndex((line) => line.startsWith(`-- ${label}:`));
    if (start < 0) return '';
    let end = start + 1;
    while (header[end]?.startsWith('--   ')) end += 1;
    return header
      .slice(start, end)
      .map((line) => line.replace(/^--/, ''))
      .join(' ')
      .replace(/^[^:]*:/, '')
      .trim();
  };
  const grain = (header[0] ?? '').replace(/^--\s*/, '');
  if (grain === '')
    throw new Error(
      `${name}.sql: the first line must say the grain, e.g. "-- One row per invoice."`,
    );
  const key = splitList(field('key'));
  const touchedBy = splitList(field('touched by')).map((entry) => parseTouch(name, entry));
  return { name, grain, sql, key, touchedBy, inputs: inputsOf(sql) };
}

function parseTouch(name: string, entry: string): Touch {
  const [path = '', when] = entry.split(/\s+when\s+/);
  const [own = '', via] = path.split(/\s+via\s+/);
  const parse = (text: string) => {
    const match = /^(\w+)\.(?:(\w+)|\((.*)\))$/s.exec(text.trim());
    if (!match?.[1])
      throw new Error(
        `${name}.sql: cannot read "${entry}" in "touched by"; write table.column, table.(expression, …) or … via table.column`,
      );
    return { table: match[1], columns: match[2] ? [match[2]] : splitList(match[3] ?? '') };
  };
  if (via === undefined) return parse(own);
  return { ...parse(own), via: parse(via), ...(when === undefined ? {} : { when }) };
}

/** Splits at commas outside parentheses. */
function splitList(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  for (const letter of text) {
    if (letter === '(') depth += 1;
    if (letter === ')') depth -= 1;
    if (letter === ',' && depth === 0) {
      parts.push(part.trim());
      part = '';
    } else part += letter;
  }
  return [...parts, part.trim()].filter((one) => one !== '');
}

function inputsOf(sql: string): string[] {
  const text = sql.replaceAll(/--[^\n]*/g, '').replaceAll(/'[^']*'/g, "''");
  const own = new Set(
    [
      ...text.matchAll(
        /(?:\bwith\s+(?:recursive\s+)?|,\s*)(\w+)\s+as\s+(?:not\s+)?(?:materialized\s+)?\(/gi,
      ),
    ].map((match) => match[1]),
  );
  const mentioned = [...text.matchAll(/\b(?:from|join)\s+(\w+)\b(?!\s*\()/gi)].map(
    (match) => match[1] ?? '',
  );
  return [...new Set(mentioned)].filter((name) => !own.has(name) && name !== 'unnest');
}

function inOrder(models: readonly Model[]): Model[] {
  const byName = new Map(models.map((model) => [model.name, model]));
  const ordered: Model[] = [];
  const visit = (model: Model, path: readonly string[]) => {
    if (ordered.includes(model)) return;
    if (path.includes(model.name))
      throw new Error(`models read each other in a circle: ${[...path, model.name].join(' -> ')}`);
    for (const input of model.inputs) {
      const read = byName.get(input);
      if (read && read !== model) visit(read, [...path, model.name]);
    }
    ordered.push(model);
  };
  for (const model of models) visit(model, []);
  return ordered;
}

function readFolder(folder: string): Model[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => parseModel(basename(file, '.sql'), readFileSync(join(folder, file), 'utf8')));
}

function ownFolder(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}
