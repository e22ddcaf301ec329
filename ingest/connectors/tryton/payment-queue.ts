import type { Command } from '../../connector.ts';
import type { Rpc } from './rpc.ts';
import { isRecord, timestampOf, versionOf, wireText, type WireRecord } from './values.ts';

/** A payment as the queue has it now. */
export interface QueuedPayment {
  readonly state: string;
  readonly version: number;
  readonly changedAt: string;
  readonly changedBy: string;
  readonly run: string | null;
  /** `account.invoice,7` of the invoice it pays. */
  readonly invoice: string | null;
}

/** A note that a decision was begun. */
export interface DecisionNote {
  readonly writtenAt: string;
}

const model = 'account.payment';
const context = { active_test: false };
const longestNote = 1_000;

/** One payment in the server's queue: read by the service account, acted upon by `actor`. */
export class PaymentQueue {
  readonly #id: number;
  readonly #command: Command;
  readonly #service: Rpc;
  readonly #actor: Rpc;

  constructor(of: { id: number; command: Command; service: Rpc; actor: Rpc }) {
    this.#id = of.id;
    this.#command = of.command;
    this.#service = of.service;
    this.#actor = of.actor;
  }

  get actorLogin(): string {
    return this.#actor.user;
  }

  /** The payment now; undefined when it is gone. */
  async read(): Promise<QueuedPayment | undefined> {
    const [row] = await this.#search(
      model,
      [['id', '=', this.#id]],
      [
        'state',
        '_timestamp',
        'write_date',
        'create_date',
        'write_uid.login',
        'create_uid.login',
        'group.rec_name',
        'line.move_origin',
      ],
    );
    if (row === undefined) return undefined;
    return {
      state: wireText(row['state']) ?? '',
      version: versionOf(wireText(row['_timestamp']) ?? ''),
      changedAt: wireText(row['write_date'] ?? row['create_date']) ?? '',
      changedBy: inner(row, 'write_uid.', 'login') ?? inner(row, 'create_uid.', 'login') ?? '?',
      run: inner(row, 'group.', 'rec_name'),
      invoice: inner(row, 'line.', 'move_origin'),
    };
  }

  /** The note by which an earlier attempt announced this decision. */
  async noteOfDecision(): Promise<DecisionNote | undefined> {
    const [row] = await this.#search(
      'ir.note',
      [['message', 'like', `${this.#marker()}%`]],
      ['create_date'],
    );
    return row === undefined ? undefined : { writtenAt: wireText(row['create_date']) ?? '' };
  }

  /** Says on the payment what is decided and why; of a rejected one on its invoice, which stays. */
  async writeNote(payment: QueuedPayment): Promise<void> {
    const { action, reason_code, note, decided_by, decided_at } = this.#command;
    const resource =
      action === 'reject' && payment.invoice !== null ? payment.invoice : `${model},${this.#id}`;
    const words = [reason_code, note.trim()].filter((part) => part !== '').join(', ');
    const message = `${this.#marker()}: ${words} (${decided_by}, ${decided_at})`;
    await this.#service.call('model.ir.note.create', [
      [{ resource, message: message.slice(0, longestNote) }],
      context,
    ]);
  }

  /** Whether nobody but us has written the payment since the note. */
  isChangedByUs(payment: QueuedPayment, note: DecisionNote): boolean {
    const users = [this.#service.user, this.#actor.user];
    return users.includes(payment.changedBy) && payment.changedAt >= note.writtenAt;
  }

  /** Whether an approval of the acting user is in force, given since the note where that is asked. */
  async hasOwnApproval({ sinceNote }: { sinceNote: boolean }): Promise<boolean> {
    const clicks = await this.#search(
      'ir.model.button.click',
      [
        ['button.model.model', '=', model],
        ['button.name', '=', 'approve'],
        ['record_id', '=', this.#id],
        ['user.login', '=', this.#actor.user],
        ['active', '=', true],
      ],
      ['create_date'],
    );
    if (!sinceNote) return clicks.length > 0;
    const note = await this.noteOfDecision();
    return clicks.some(
      (click) => (wireText(click['create_date']) ?? '') >= (note?.writtenAt ?? '9999'),
    );
  }

  /** Presses a button on the payment as it was read; the server refuses when it changed since. */
  async click(button: 'approve' | 'draft', payment: QueuedPayment): Promise<void> {
    const by = button === 'approve' ? this.#actor : this.#service;
    await by.call(`model.${model}.${button}`, [[this.#id], this.#guard(payment)]);
  }

  async delete(payment: QueuedPayment): Promise<void> {
    await this.#service.call(`model.${model}.delete`, [[this.#id], this.#guard(payment)]);
  }

  #guard(payment: QueuedPayment): object {
    return { _timestamp: { [`${model},${this.#id}`]: timestampOf(payment.version) } };
  }

  #marker(): string {
    return `Quittance ${this.#command.action} ${this.#command.decision_id}`;
  }

  async #search(of: string, domain: readonly unknown[], fields: string[]): Promise<WireRecord[]> {
    const rows = await this.#service.call(`model.${of}.search_read`, [
      domain,
      0,
      100,
      [['id', 'ASC']],
      fields,
      context,
    ]);
    if (!Array.isArray(rows)) throw new Error(`${of}: expected a list, got ${typeof rows}`);
    return (rows as unknown[]).filter(isRecord);
  }
}

function inner(row: WireRecord, relation: string, field: string): string | null {
  const related = row[relation];
  return isRecord(related) ? wireText(related[field]) : null;
}
