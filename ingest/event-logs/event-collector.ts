import type { CodedColumn, EventColumns, LeftOut } from './event-columns.ts';
import { GrowingNumbers, TextCodes } from './growing.ts';
import { pairLifeCycles, type LifeCycle } from './life-cycle.ts';

/** One event as read: texts as codes, -1 = empty; times NaN when there is none. */
export interface ReadEvent {
  case: number;
  activity: number;
  complete_ms: number;
  start_ms: number;
  resource: number;
  role: number;
  life_cycle: number;
  instance: number;
}

/** Why an event could not be placed. */
export type LeftOutReason = LeftOut['reason'];

const integers = () => new GrowingNumbers((length) => new Int32Array(length));
const numbers = () => new GrowingNumbers((length) => new Float64Array(length));

/** Gathers the events of a reader, whatever the format, and counts what cannot be placed. */
export class EventCollector {
  readonly texts = {
    case: new TextCodes(),
    activity: new TextCodes(),
    resource: new TextCodes(),
    role: new TextCodes(),
    life_cycle: new TextCodes(),
    instance: new TextCodes(),
  };
  readonly attributes: ReadonlyMap<
    string,
    { texts: TextCodes; codes: ReturnType<typeof integers> }
  >;
  /** Events seen, those left out included: the next source row. */
  row = 0;
  readonly #columns = {
    source_row: integers(),
    case: integers(),
    activity: integers(),
    resource: integers(),
    role: integers(),
    life_cycle: integers(),
    instance: integers(),
    complete_ms: numbers(),
    start_ms: numbers(),
  };
  readonly #leftOut = new Map<LeftOutReason, LeftOut>();
  #hasStart = false;

  constructor(attributes: readonly string[] = []) {
    this.attributes = new Map(
      attributes.map((name) => [name, { texts: new TextCodes(), codes: integers() }]),
    );
  }

  /** Adds an event; `attributeCodes` in the order of the attributes asked for. */
  add(event: Readonly<ReadEvent>, attributeCodes: readonly number[] = []): void {
    const columns = this.#columns;
    columns.source_row.push(this.row);
    columns.case.push(event.case);
    columns.activity.push(event.activity);
    columns.resource.push(event.resource);
    columns.role.push(event.role);
    columns.life_cycle.push(event.life_cycle);
    columns.instance.push(event.instance);
    columns.complete_ms.push(event.complete_ms);
    columns.start_ms.push(event.start_ms);
    if (event.start_ms === event.start_ms) this.#hasStart = true;
    if (this.attributes.size > 0) {
      let at = 0;
      for (const { codes } of this.attributes.values()) {
        codes.push(attributeCodes[at] ?? -1);
        at += 1;
      }
    }
    this.row += 1;
  }

  /** Counts an event that cannot be placed. */
  leaveOut(reason: LeftOutReason, text: string, count = 1): void {
    const known = this.#leftOut.get(reason);
    this.#leftOut.set(reason, {
      reason,
      count: (known?.count ?? 0) + count,
      first_row: known?.first_row ?? this.row,
      first_text: known?.first_text ?? text.slice(0, 200),
    });
    this.row += 1;
  }

  finish(lifeCycle: LifeCycle): EventColumns {
    const columns = this.#columns;
    const coded = (name: keyof typeof this.texts): CodedColumn => ({
      names: this.texts[name].names,
      code: columns[name].finish(),
    });
    const unlessEmpty = (column: CodedColumn): CodedColumn | null =>
      column.names.length === 0 ? null : column;
    const attributes: Record<string, CodedColumn> = {};
    for (const [name, { texts, codes }] of this.attributes)
      attributes[name] = { names: texts.names, code: codes.finish() };
    return pairLifeCycles(
      {
        event_count: columns.case.length,
        source_row: columns.source_row.finish(),
        case: coded('case'),
        activity: coded('activity'),
        complete_ms: columns.complete_ms.finish(),
        start_ms: this.#hasStart ? columns.start_ms.finish() : null,
        resource: unlessEmpty(coded('resource')),
        role: unlessEmpty(coded('role')),
        attributes,
        left_out: [...this.#leftOut.values()],
      },
      { life_cycle: coded('life_cycle'), instance: coded('instance'), mode: lifeCycle },
    );
  }
}
