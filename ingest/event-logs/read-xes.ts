import type { EventColumns } from './event-columns.ts';
import { EventCollector, type ReadEvent } from './event-collector.ts';
import type { LogMapping } from './log-mapping.ts';
import type { TextCodes } from './growing.ts';
import { StampReader } from './stamp-reader.ts';
import { XesTags, type AttributeRange, type XesVisitor } from './xes-tags.ts';
import { xmlText } from './xml-text.ts';

/** Keys of the XES standard extensions (IEEE 1849-2016) and of common exports. */
const keys = {
  case: 'concept:name',
  activity: 'concept:name',
  timestamp: 'time:timestamp',
  start: 'start_timestamp',
  resource: 'org:resource',
  role: 'org:role',
  lifecycle: 'lifecycle:transition',
  instance: 'concept:instance',
} as const;

/**
 * Reads an XES document from its chunks (already unpacked), one pass, attributes asked for only.
 *
 * Shape   events in the order of the file; a trace without a name is called by its position
 * Errors  throws for a document type, an entity of its own, a document that is cut off or damaged,
 *         UTF-16, or a log in which no event has an activity and a time
 */
export async function readXes(
  chunks: AsyncIterable<Buffer>,
  mapping: LogMapping,
): Promise<EventColumns> {
  const events = new XesEvents(mapping);
  const tags = new XesTags(events);
  let first = true;
  for await (const chunk of chunks) {
    if (first) events.setEncoding(chunk);
    first = false;
    tags.push(chunk);
  }
  if (first) throw new Error('the file is empty; expected an XES document');
  tags.end();
  return events.finish();
}

/** One attribute that is looked for: its key's bytes, and what to do with its value. */
interface Wanted {
  readonly of: 'trace' | 'event';
  readonly key: Buffer;
  take(bytes: Buffer, range: AttributeRange): void;
}

class XesEvents implements XesVisitor {
  readonly #collector: EventCollector;
  readonly #stamps: StampReader;
  readonly #mapping: LogMapping;
  readonly #wanted: { readonly trace: readonly Wanted[]; readonly event: readonly Wanted[] };
  readonly #event: ReadEvent = emptyEvent();
  readonly #attributeCodes: number[];
  readonly #traceAttributeCodes: number[];
  #latin1 = false;
  #traces = 0;
  #inTrace = false;
  #caseCode = -1;
  #caseText = '';
  #timeText = '';

  constructor(mapping: LogMapping) {
    this.#mapping = mapping;
    const attributes = mapping.attributes ?? [];
    this.#collector = new EventCollector(attributes);
    this.#stamps = new StampReader(mapping);
    this.#attributeCodes = attributes.map(() => -1);
    this.#traceAttributeCodes = attributes.map(() => -1);
    const wanted = this.#allWanted();
    this.#wanted = {
      trace: wanted.filter(({ of }) => of === 'trace'),
      event: wanted.filter(({ of }) => of === 'event'),
    };
  }

  /** UTF-8 unless the document says otherwise. */
  setEncoding(chunk: Buffer): void {
    const mark = chunk.readUInt16BE(0);
    if (mark === 0xfeff || mark === 0xfffe || mark === 0x003c || mark === 0x3c00)
      throw new Error('expected a document in UTF-8, got UTF-16; save it as UTF-8');
    const declared = /^[^>]*encoding=["']([^"']+)["']/.exec(chunk.toString('latin1', 0, 200))?.[1];
    this.#latin1 = /^(iso-8859-1|latin-?1|windows-1252|us-ascii)$/i.test(declared ?? 'utf-8');
    if (!this.#latin1 && !/^utf-?8$/i.test(declared ?? 'utf-8'))
      throw new Error(`expected a document in UTF-8, got ${declared}; save it as UTF-8`);
  }

  attribute(of: 'trace' | 'event', bytes: Buffer, range: AttributeRange): void {
    const length = range.key_end - range.key_start;
    const last = bytes[range.key_end - 1];
    for (const wanted of this.#wanted[of]) {
      if (wanted.key.length !== length || wanted.key[length - 1] !== last) continue;
      if (!sameBytes(wanted.key, bytes, range.key_start)) continue;
      wanted.take(bytes, range);
    }
  }

  open(element: 'trace' | 'event'): void {
    if (element === 'trace') {
      this.#traces += 1;
      this.#inTrace = true;
      this.#caseCode = -1;
      this.#caseText = '';
      this.#traceAttributeCodes.fill(-1);
      return;
    }
    Object.assign(this.#event, noEvent);
    this.#timeText = '';
    for (let at = 0; at < this.#attributeCodes.length; at += 1)
      this.#attributeCodes[at] = this.#traceAttributeCodes[at] ?? -1;
  }

  close(element: 'trace' | 'event'): void {
    if (element === 'trace') {
      this.#inTrace = false;
      return;
    }
    const event = this.#event;
    if (this.#caseCode < 0 && this.#inTrace) {
      this.#caseText = `trace ${this.#traces}`;
      this.#caseCode = this.#collector.texts.case.of(this.#caseText);
    }
    if (!this.#inTrace) this.#collector.leaveOut('no_case', this.#timeText);
    else if (event.activity < 0) this.#collector.leaveOut('no_activity', this.#caseText);
    else if (event.complete_ms !== event.complete_ms)
      this.#collector.leaveOut(
        this.#timeText === '' ? 'no_time' : 'unreadable_time',
        this.#timeText || this.#caseText,
      );
    else {
      event.case = this.#caseCode;
      this.#collector.add(event, this.#attributeCodes);
    }
  }

  finish(): EventColumns {
    const { timestamp, activity } = this.#mapping;
    const columns = this.#collector.finish(this.#mapping.life_cycle ?? 'paired');
    if (columns.event_count === 0 && columns.left_out.length > 0)
      throw new Error(
        `no event of this log has an activity ("${activity ?? keys.activity}") and a readable time ("${timestamp ?? keys.timestamp}"): ${columns.left_out.map(({ reason, count }) => `${count} ${reason}`).join(', ')}; name the attributes to use`,
      );
    return this.#stamps.settle(columns);
  }

  #allWanted(): Wanted[] {
    const { texts } = this.#collector;
    const mapping = this.#mapping;
    const event = this.#event;
    const code = (
      name: 'activity' | 'resource' | 'role' | 'life_cycle' | 'instance',
      key: string,
    ): Wanted => {
      const read = this.#coder(texts[name]);
      return {
        of: 'event',
        key: Buffer.from(key),
        take: (bytes, range) => {
          event[name] = read(bytes, range);
        },
      };
    };
    const readCase = this.#coder(texts.case);
    const wanted: Wanted[] = [
      {
        of: 'trace',
        key: Buffer.from(mapping.case ?? keys.case),
        take: (bytes, range) => {
          this.#caseCode = readCase(bytes, range);
          this.#caseText = texts.case.names[this.#caseCode] ?? '';
        },
      },
      code('activity', mapping.activity ?? keys.activity),
      code('resource', mapping.resource ?? keys.resource),
      code('role', mapping.role ?? keys.role),
      code('life_cycle', mapping.lifecycle ?? keys.lifecycle),
      code('instance', keys.instance),
      {
        of: 'event',
        key: Buffer.from(mapping.timestamp ?? keys.timestamp),
        take: (bytes, range) => {
          event.complete_ms = this.#stamps.readBytes(bytes, range.value_start, range.value_end);
          this.#timeText = event.complete_ms === event.complete_ms ? 'read' : text(bytes, range);
        },
      },
      {
        of: 'event',
        key: Buffer.from(mapping.start ?? keys.start),
        take: (bytes, range) => {
          event.start_ms = this.#stamps.readBytes(bytes, range.value_start, range.value_end);
        },
      },
    ];
    let at = 0;
    for (const [name, { texts: names }] of this.#collector.attributes) {
      const read = this.#coder(names);
      const position = at;
      wanted.push(
        attributeOf('trace', name, (bytes, range) => {
          this.#traceAttributeCodes[position] = read(bytes, range);
        }),
        attributeOf('event', name, (bytes, range) => {
          this.#attributeCodes[position] = read(bytes, range);
        }),
      );
      at += 1;
    }
    return wanted;
  }

  /** Codes by raw bytes first: a value is decoded once, not at each of its occurrences. */
  #coder(names: TextCodes): (bytes: Buffer, range: AttributeRange) => number {
    const seen = new Map<string, number>();
    return (bytes, range) => {
      const raw = bytes.toString('latin1', range.value_start, range.value_end);
      const known = seen.get(raw);
      if (known !== undefined) return known;
      const decoded = this.#latin1 ? raw : Buffer.from(raw, 'latin1').toString('utf8');
      const code = names.of(xmlText(decoded));
      seen.set(raw, code);
      return code;
    };
  }
}

function attributeOf(of: 'trace' | 'event', name: string, take: Wanted['take']): Wanted {
  return { of, key: Buffer.from(name), take };
}

const noEvent: Readonly<ReadEvent> = Object.freeze(emptyEvent());

function emptyEvent(): ReadEvent {
  return {
    case: -1,
    activity: -1,
    complete_ms: Number.NaN,
    start_ms: Number.NaN,
    resource: -1,
    role: -1,
    life_cycle: -1,
    instance: -1,
  };
}

function text(bytes: Buffer, range: AttributeRange): string {
  return bytes.toString(
    'utf8',
    range.value_start,
    Math.min(range.value_end, range.value_start + 80),
  );
}

function sameBytes(key: Buffer, bytes: Buffer, start: number): boolean {
  for (let at = 0; at < key.length; at += 1) if (key[at] !== bytes[start + at]) return false;
  return true;
}
