/** What the reader of XES hears: attributes as byte ranges of `bytes`, valid during the call only. */
export interface XesVisitor {
  /** An attribute of a trace or an event, not of another attribute. */
  attribute(of: 'trace' | 'event', bytes: Buffer, range: AttributeRange): void;
  open(element: 'trace' | 'event'): void;
  close(element: 'trace' | 'event'): void;
}

/** Where key and value of an attribute lie. */
export interface AttributeRange {
  key_start: number;
  key_end: number;
  value_start: number;
  value_end: number;
}

/** Longest tag, comment or instruction: a longer one is no event log. */
const tagLimitBytes = 16 << 20;
const depthLimit = 256;

const lessThan = 0x3c;
const greaterThan = 0x3e;
const slash = 0x2f;
const equals = 0x3d;
const doubleQuote = 0x22;
const singleQuote = 0x27;

/** Elements by what they mean here. */
type Element = 'log' | 'trace' | 'event' | 'other';

/**
 * Reads the tags of an XES document from chunks of bytes, in flat memory.
 *
 * Definition  Only what an event log needs of XML, read strictly: elements must nest and close, an
 *             attribute must be quoted. A document type is refused, so no entity can be defined.
 * Errors      throws for a document type, for tags that do not close and for text that is not XML
 */
export class XesTags {
  readonly #visitor: XesVisitor;
  readonly #open: { element: Element; name: string }[] = [];
  readonly #range: AttributeRange = { key_start: -1, key_end: -1, value_start: -1, value_end: -1 };
  #rest: Buffer = Buffer.alloc(0);
  #seenLog = false;

  constructor(visitor: XesVisitor) {
    this.#visitor = visitor;
  }

  /** Reads a further chunk. */
  push(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const used = this.#read(bytes);
    this.#rest = bytes.subarray(used);
    if (this.#rest.length > tagLimitBytes)
      throw new Error(
        `a tag is longer than ${tagLimitBytes >> 20} MB: this is no event log; check the file`,
      );
  }

  /** Says that there is no more. */
  end(): void {
    const inner = this.#open.at(-1);
    if (!this.#seenLog)
      throw new Error('expected an XES document with a <log> element, found none; check the file');
    if (inner !== undefined || this.#rest.length > 0)
      throw new Error(
        `the file is cut off: it ends within <${inner?.name ?? 'a tag'}>; get it again and load the whole file`,
      );
  }

  /** Reads the complete tags of `bytes`; gives how many bytes were used. */
  #read(bytes: Buffer): number {
    const { length } = bytes;
    let at = 0;
    for (;;) {
      while (at < length && bytes[at] !== lessThan) at += 1;
      if (at + 1 >= length) return Math.min(at, length);
      const next = bytes[at + 1];
      let end: number;
      if (next === slash) end = this.#readClosing(bytes, at);
      else if (next === 0x3f) end = after(bytes, '?>', at + 2);
      else if (next === 0x21) end = skipDeclaration(bytes, at);
      else end = this.#readOpening(bytes, at);
      if (end < 0) return at;
      at = end;
    }
  }

  #readClosing(bytes: Buffer, at: number): number {
    const close = bytes.indexOf(greaterThan, at + 2);
    if (close < 0) return -1;
    const name = bytes.toString('latin1', at + 2, close).trim();
    const opened = this.#open.pop();
    if (opened === undefined || opened.name !== name)
      throw new Error(
        `expected </${opened?.name ?? 'nothing'}>, got </${name.slice(0, 80)}>: the file is damaged; get it again`,
      );
    if (opened.element === 'trace' || opened.element === 'event')
      this.#visitor.close(opened.element);
    return close + 1;
  }

  /** Reads one opening or empty tag; -1 when its end is not in memory yet. */
  #readOpening(bytes: Buffer, start: number): number {
    const { length } = bytes;
    const range = this.#range;
    range.key_start = -1;
    range.value_start = -1;
    let at = start + 1;
    while (at < length && !endsName(bytes[at] ?? 0)) at += 1;
    const nameEnd = at;
    for (;;) {
      while (at < length && isSpace(bytes[at] ?? 0)) at += 1;
      if (at + 1 >= length && bytes[at] !== greaterThan) return -1;
      const byte = bytes[at];
      if (byte === greaterThan) {
        this.#enter(bytes, start + 1, nameEnd);
        return at + 1;
      }
      if (byte === slash) {
        if (bytes[at + 1] !== greaterThan) throw damaged(bytes, start);
        this.#empty(bytes, start + 1, nameEnd);
        return at + 2;
      }
      const attributeStart = at;
      while (at < length && !endsName(bytes[at] ?? 0)) at += 1;
      const attributeEnd = at;
      while (at < length && isSpace(bytes[at] ?? 0)) at += 1;
      if (at >= length) return -1;
      if (bytes[at] !== equals || attributeEnd === attributeStart) throw damaged(bytes, start);
      at += 1;
      while (at < length && isSpace(bytes[at] ?? 0)) at += 1;
      if (at >= length) return -1;
      const quote = bytes[at];
      if (quote !== doubleQuote && quote !== singleQuote) throw damaged(bytes, start);
      const valueStart = at + 1;
      at = valueStart;
      while (at < length && bytes[at] !== quote) {
        if (bytes[at] === lessThan) throw damaged(bytes, start);
        at += 1;
      }
      if (at >= length) return -1;
      if (isKey(bytes, attributeStart, attributeEnd)) {
        range.key_start = valueStart;
        range.key_end = at;
      } else if (isValue(bytes, attributeStart, attributeEnd)) {
        range.value_start = valueStart;
        range.value_end = at;
      }
      at += 1;
    }
  }

  #empty(bytes: Buffer, nameStart: number, nameEnd: number): void {
    const parent = this.#open.at(-1)?.element;
    if (this.#range.key_start >= 0) {
      if (parent === 'event' || parent === 'trace') this.#tellAttribute(bytes, parent);
      return;
    }
    const element = elementOf(bytes, nameStart, nameEnd);
    if (element === 'log') this.#seenLog = true;
    if (element === 'trace' || element === 'event') {
      this.#visitor.open(element);
      this.#visitor.close(element);
    }
  }

  #enter(bytes: Buffer, nameStart: number, nameEnd: number): void {
    const parent = this.#open.at(-1)?.element;
    const name = bytes.toString('latin1', nameStart, nameEnd);
    let element: Element = 'other';
    if (this.#range.key_start >= 0) {
      if (parent === 'event' || parent === 'trace') this.#tellAttribute(bytes, parent);
    } else element = elementOf(bytes, nameStart, nameEnd);
    if (element === 'log') this.#seenLog = true;
    if (parent === undefined && element !== 'log')
      throw new Error(`expected <log> as the outermost element of XES, got <${name.slice(0, 80)}>`);
    if (this.#open.length >= depthLimit)
      throw new Error(`elements are nested more than ${depthLimit} deep: this is no event log`);
    this.#open.push({ element, name });
    if (element === 'trace' || element === 'event') this.#visitor.open(element);
  }

  #tellAttribute(bytes: Buffer, of: 'trace' | 'event'): void {
    if (this.#range.value_start >= 0) this.#visitor.attribute(of, bytes, this.#range);
  }
}

/** Where a comment or a CDATA section ends; -1 when not in memory yet. Anything else is refused. */
function skipDeclaration(bytes: Buffer, at: number): number {
  if (bytes.length < at + 9) return -1;
  const text = bytes.toString('latin1', at, at + 9);
  if (text.startsWith('<!--')) return after(bytes, '-->', at + 4);
  if (text === '<![CDATA[') return after(bytes, ']]>', at + 9);
  throw new Error(
    'the document declares a document type (DOCTYPE), which may define entities and is refused; export the log as plain XES',
  );
}

function after(bytes: Buffer, mark: string, from: number): number {
  const found = bytes.indexOf(mark, from, 'latin1');
  return found < 0 ? -1 : found + mark.length;
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x09 || byte === 0x0d;
}

function endsName(byte: number): boolean {
  return byte === equals || byte === greaterThan || byte === slash || isSpace(byte);
}

function isKey(bytes: Buffer, start: number, end: number): boolean {
  return end - start === 3 && bytes[start] === 0x6b && bytes[start + 1] === 0x65;
}

function isValue(bytes: Buffer, start: number, end: number): boolean {
  return end - start === 5 && bytes[start] === 0x76 && bytes[start + 1] === 0x61;
}

/** The element's meaning by its local name: a namespace prefix is allowed. */
function elementOf(bytes: Buffer, start: number, end: number): Element {
  const name = bytes.toString('latin1', start, end);
  const local = name.slice(name.indexOf(':') + 1);
  return local === 'log' || local === 'trace' || local === 'event' ? local : 'other';
}

function damaged(bytes: Buffer, start: number): Error {
  const text = bytes.toString('utf8', start, Math.min(bytes.length, start + 120));
  return new Error(
    `expected a tag with quoted attributes, got ${JSON.stringify(text)}: the file is damaged or no XES; export it again`,
  );
}
