import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { FetchRequest, Fetched, StagedRow } from '../../connector.ts';
import { Rpc, RpcFault } from './rpc.ts';
import { credentialsOf, type TrytonSettings } from './settings.ts';
import { streams, type ComparedStreamName, type StreamName } from './streams.ts';
import { isRecord, wireText, wireTime, type WireRecord } from './values.ts';

const pageSize = 500;
/** Records of one model taken in one reading. */
const recordLimit = 2_000_000;
/** So many deletions at once are believed whatever their share is. */
const deletionsAlwaysBelieved = 10;
const context = { active_test: false };
const openStates = ['draft', 'approved'];

type Domain = readonly unknown[];

/** What changed on the server since `since`, with everything a changed record needs to be understood. */
export async function fetchChanges(request: FetchRequest<TrytonSettings>): Promise<Fetched> {
  const { settings, signal } = request;
  const rpc = new Rpc({
    url: settings.url,
    database: settings.database,
    credentials: await credentialsOf(settings),
    authentication: settings.authentication,
    callTimeout_ms: settings.call_timeout_seconds * 1_000,
    signal,
  });
  try {
    return await new Reading(rpc, request).run();
  } finally {
    await rpc.close();
  }
}

class Reading {
  readonly #rpc: Rpc;
  readonly #request: FetchRequest<TrytonSettings>;
  readonly #since: string | undefined;
  readonly #warnings: string[] = [];
  readonly #paths: string[] = [];

  constructor(rpc: Rpc, request: FetchRequest<TrytonSettings>) {
    this.#rpc = rpc;
    this.#request = request;
    const { since, settings } = request;
    this.#since =
      since === undefined
        ? undefined
        : new Date(Date.parse(since) - settings.overlap_seconds * 1_000).toISOString();
  }

  async run(): Promise<Fetched> {
    await this.#call('res.user', 'search_count', [[['id', '=', 0]], context]);
    const extracted_at = this.#rpc.serverTime ?? new Date().toISOString();
    for (const name of ['company', 'user', 'purchase'] as const)
      await this.#write(name, this.#records(name, this.#changed(name)));
    await this.#write(
      'party',
      this.#records('party', [
        ...[this.#changed('party')].filter((part) => part.length > 0),
        await this.#vendors(),
      ]),
    );
    await this.#invoices();
    await this.#payments();
    return { paths: this.#paths, extracted_at, warnings: this.#warnings };
  }

  /** Parties that are not merely our own companies, people and banks. */
  async #vendors(): Promise<Domain> {
    const inner = new Set<number>();
    for (const model of ['company.company', 'company.employee', 'bank'])
      for (const row of await this.#all(model, [], ['party'])) inner.add(Number(row['party']));
    const candidates = [...inner];
    for (const stream of ['payment', 'invoice'] as const) {
      const { model, where } = streams[stream];
      for (const row of await this.#all(model, [...where, ['party', 'in', candidates]], ['party']))
        inner.delete(Number(row['party']));
    }
    return ['id', 'not in', [...inner]];
  }

  async #invoices(): Promise<void> {
    if (this.#since === undefined) {
      await this.#write('payable_line', this.#records('payable_line', []));
      await this.#write('invoice', this.#records('invoice', []));
      return;
    }
    const { model, where } = streams.payable_line;
    const lines = await this.#all(model, [...where, this.#changed('payable_line')], ['move']);
    const moves = numbers(lines.map((line) => line['move']));
    const invoices: WireRecord[] = [];
    for await (const invoice of this.#records('invoice', [
      'OR',
      this.#changed('invoice'),
      ['move', 'in', moves],
    ]))
      invoices.push(invoice);
    await this.#write('invoice', invoices);
    const all = numbers(invoices.map((invoice) => invoice['move']));
    await this.#write('payable_line', this.#recordsOf('payable_line', 'move', all));
  }

  async #payments(): Promise<void> {
    const known = (await this.#request.openRequests?.()) ?? [];
    const payments: WireRecord[] = [];
    if (this.#since === undefined) {
      for await (const payment of this.#records('payment', [])) payments.push(payment);
      await this.#write('click', this.#records('click', []));
      await this.#write('note', this.#records('note', []));
      await this.#write('bank_account', this.#records('bank_account', []));
    } else {
      const touched = await this.#touchedPayments(known);
      for await (const payment of this.#recordsOf('payment', 'id', touched)) payments.push(payment);
      await this.#write('click', this.#recordsOf('click', 'record_id', touched));
      const resources = touched.map((id) => `account.payment,${id}`);
      await this.#write('note', this.#recordsOf('note', 'resource', resources));
      const owners = numbers(payments.map((payment) => payment['party']));
      await this.#write(
        'bank_account',
        this.#records('bank_account', [
          'OR',
          this.#changed('bank_account'),
          ['account.owners', 'in', owners],
        ]),
      );
    }
    await this.#write('payment', payments);
    await this.#write('amount_change', amountChanges(payments, known));
    await this.#write('gone_payment', await this.#gone(known));
  }

  /** Payments that changed themselves, that somebody clicked or wrote a note on, or that we lack. */
  async #touchedPayments(known: readonly StagedRow[]): Promise<number[]> {
    const ids = new Set<number>();
    const { payment, click } = streams;
    for (const row of await this.#all(
      payment.model,
      [...payment.where, this.#changed('payment')],
      [],
    ))
      ids.add(Number(row['id']));
    for (const row of await this.#all(
      click.model,
      [...click.where, this.#changed('click')],
      ['record_id'],
    ))
      ids.add(Number(row['record_id']));
    for await (const row of this.#records('note', this.#changed('note'))) {
      const id = /,(\d+)$/u.exec(String(row['resource'] ?? ''))?.[1];
      if (id !== undefined) ids.add(Number(id));
    }
    if (this.#request.openRequests !== undefined) {
      const open = new Set(known.map((row) => Number(row['payment_request_id'])));
      for (const id of await this.#ids(payment.model, [
        ...payment.where,
        ['state', 'in', openStates],
      ]))
        if (!open.has(id)) ids.add(id);
    }
    return [...ids].sort((a, b) => a - b);
  }

  /** Requests we hold open that are no longer there; too many at once are not believed. */
  async #gone(known: readonly StagedRow[]): Promise<readonly StagedRow[]> {
    const ids = known.map((row) => Number(row['payment_request_id'])).filter(Number.isSafeInteger);
    const there = new Set<number>();
    for (const chunk of chunks(ids))
      for (const id of await this.#ids('account.payment', [['id', 'in', chunk]])) there.add(id);
    const gone = known.filter((row) => !there.has(Number(row['payment_request_id'])));
    const cap = Math.max(
      deletionsAlwaysBelieved,
      Math.floor(known.length * this.#request.settings.deletion_cap_rate),
    );
    if (gone.length <= cap) return gone;
    this.#warnings.push(
      `${gone.length} of ${known.length} open payments are not to be seen any more, at most ${cap} are taken for deleted at once; none was. Check what user ${this.#rpc.user} may read; if they were deleted, raise deletion_cap_rate for one reading`,
    );
    return [];
  }

  /** Domain of what a stream gained or changed; everything when there was no reading before. */
  #changed(name: StreamName): Domain {
    if (this.#since === undefined) return [];
    const after = wireTime(this.#since);
    return [
      'OR',
      ...streams[name].movedBy.flatMap((of) => [
        [[`${of}write_date`, '>', after]],
        [
          [`${of}write_date`, '=', null],
          [`${of}create_date`, '>', after],
        ],
      ]),
    ];
  }

  async *#records(name: StreamName, domain: Domain): AsyncGenerator<WireRecord> {
    const { model, where, fields } = streams[name];
    const all = domain.length === 0 ? where : [...where, domain];
    try {
      yield* this.#pages(model, all, fields);
    } catch (cause) {
      this.#leaveOut(name, cause);
    }
  }

  async *#recordsOf(
    name: StreamName,
    field: string,
    values: readonly (number | string)[],
  ): AsyncGenerator<WireRecord> {
    for (const chunk of chunks(values)) yield* this.#records(name, [field, 'in', chunk]);
  }

  /** A stream the user may not read is left out with a warning where it can be done without. */
  #leaveOut(name: StreamName, cause: unknown): void {
    if (!(cause instanceof RpcFault)) throw cause;
    if (!('optional' in streams[name]))
      throw new Error(
        `${streams[name].model} cannot be read: ${cause.message}. Give user ${this.#rpc.user} the right to read it`,
        { cause },
      );
    this.#warnings.push(
      `${streams[name].model} was left out: ${cause.message} Give user ${this.#rpc.user} the right to read it`,
    );
  }

  async #all(model: string, domain: Domain, fields: readonly string[]): Promise<WireRecord[]> {
    const rows: WireRecord[] = [];
    for await (const row of this.#pages(model, domain, fields)) rows.push(row);
    return rows;
  }

  async #ids(model: string, domain: Domain): Promise<number[]> {
    return (await this.#all(model, domain, ['id'])).map((row) => Number(row['id']));
  }

  /** Pages by id, so that what is written meanwhile neither repeats nor hides a record. */
  async *#pages(
    model: string,
    domain: Domain,
    fields: readonly string[],
  ): AsyncGenerator<WireRecord> {
    let last = 0;
    for (let count = 0; count < recordLimit; count += pageSize) {
      const page = await this.#call(model, 'search_read', [
        [...domain, ['id', '>', last]],
        0,
        pageSize,
        [['id', 'ASC']],
        fields.length === 0 ? ['id'] : fields,
        context,
      ]);
      if (!Array.isArray(page))
        throw new Error(`${model}: expected a list of records, got ${typeof page}`);
      for (const row of page as unknown[]) {
        if (!isRecord(row) || !Number.isSafeInteger(row['id']))
          throw new Error(`${model}: expected records with an id`);
        last = Number(row['id']);
        yield row;
      }
      if (page.length < pageSize) return;
    }
    throw new Error(`${model}: more than ${recordLimit} records; read a smaller part first`);
  }

  #call(model: string, method: string, parameters: readonly unknown[]): Promise<unknown> {
    return this.#rpc.call(`model.${model}.${method}`, parameters);
  }

  /** Writes one record per line; a stream without news has no file. */
  async #write(
    name: StreamName | ComparedStreamName,
    records: AsyncIterable<object> | Iterable<object>,
  ): Promise<void> {
    const path = join(this.#request.folder, `${name}.jsonl`);
    let count = 0;
    await pipeline(async function* () {
      for await (const record of records) {
        count++;
        yield `${JSON.stringify(record)}\n`;
      }
    }, createWriteStream(path));
    if (count > 0) this.#paths.push(path);
  }
}

/** Open requests whose amount differs from the one we had. */
function amountChanges(
  payments: readonly WireRecord[],
  known: readonly StagedRow[],
): readonly StagedRow[] {
  const before = new Map(known.map((row) => [row['payment_request_id'], row['amount']]));
  return payments.flatMap((payment) => {
    const id = wireText(payment['id']);
    const amount_before = before.get(id ?? '');
    const amount_after = wireText(payment['amount']);
    if (amount_before === undefined || amount_before === null || amount_after === null) return [];
    if (normalAmount(amount_before) === normalAmount(amount_after)) return [];
    const currency = payment['currency.'];
    return [
      {
        payment: id,
        amount_before: normalAmount(amount_before),
        amount_after: normalAmount(amount_after),
        currency: isRecord(currency) ? wireText(currency['code']) : null,
        changed_at: wireText(payment['write_date'] ?? payment['create_date']),
        changed_by: wireText(payment['write_uid'] ?? payment['create_uid']),
        company: wireText(payment['company']),
      },
    ];
  });
}

/** '10.5000' and '10.50' are one amount: at least two decimals, no zeros beyond. */
function normalAmount(text: string): string {
  const [whole = '', fraction = ''] = text.split('.');
  return `${whole}.${fraction.replace(/0+$/u, '').padEnd(2, '0')}`;
}

function numbers(values: readonly unknown[]): number[] {
  return [
    ...new Set(values.map(Number).filter((value) => Number.isSafeInteger(value) && value > 0)),
  ];
}

function* chunks<T>(values: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < values.length; at += pageSize) yield values.slice(at, at + pageSize);
}
