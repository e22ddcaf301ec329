import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { SaxesParser } from 'saxes';
import { SourceFileError } from '../../connector.ts';

/** Deepest nesting and longest text of an element; real statements stay far below both. */
const depthLimit = 64;
const textLimit = 1 << 20;
const chunkBytes = 1 << 18;

/** An element with its children; prefixes of names are dropped. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlElement[];
  text: string;
}

/** What a reader wants to know while the file streams by. */
export interface XmlHandler {
  /** An element begins; true collects it with all it contains and hands it to `element`. */
  begins(
    name: string,
    path: readonly string[],
    attributes: Readonly<Record<string, string>>,
  ): boolean;
  /** A collected element is complete. */
  element(element: XmlElement, path: readonly string[]): void;
  /** Any element ends that is not inside a collected one. */
  ends?(name: string): void;
  /** Elements to take out of a collected one as soon as they are complete; true drops it there. */
  within?(element: XmlElement): boolean;
}

/**
 * Streams an XML file in flat memory; yields after each chunk, so that what was found can be used.
 *
 * Errors  throws `SourceFileError` for text that is not well-formed or not closed (a cut-off file), for
 *         any DOCTYPE, for nesting deeper than 64 and for texts longer than 1 MB. Entities are never
 *         expanded and nothing is fetched.
 */
export async function* readXml(path: string, handler: XmlHandler): AsyncGenerator<void> {
  const name = basename(path);
  const parser = new SaxesParser({ xmlns: false, position: true, fileName: name });
  const walk = walker(name, handler);
  parser.on('error', (error) => {
    throw new SourceFileError(
      `${name}: expected well-formed XML, but ${plain(error.message)}. The file may be cut off: fetch it again from the bank; nothing of it was loaded.`,
    );
  });
  parser.on('doctype', () => {
    throw new SourceFileError(
      `${name}: contains a DOCTYPE, which bank statements never need and which can be used for attacks. Ask the sender for a file without it; nothing of it was loaded.`,
    );
  });
  parser.on('opentag', (tag) => walk.opens(localName(tag.name), tag.attributes));
  parser.on('text', (text) => walk.text(text));
  parser.on('cdata', (text) => walk.text(text));
  parser.on('closetag', (tag) => walk.closes(localName(tag.name)));

  const decoder = new TextDecoder(await declaredEncoding(path), { fatal: true });
  let offset = 0;
  const decode = (chunk: Buffer, stream: boolean): string => {
    try {
      return decoder.decode(chunk, { stream });
    } catch (cause) {
      throw new SourceFileError(
        `${name}: expected ${decoder.encoding} text, but bytes after offset ${offset} are not. Fetch the file again, or correct the encoding in its first line.`,
        { cause },
      );
    }
  };
  for await (const chunk of createReadStream(path, { highWaterMark: chunkBytes })) {
    parser.write(decode(chunk as Buffer, true));
    offset += (chunk as Buffer).length;
    yield;
  }
  parser.write(decode(Buffer.alloc(0), false));
  if (offset === 0)
    throw new SourceFileError(`${name}: the file is empty. Fetch it again from the bank.`);
  parser.close();
  yield;
}

/** First child of a name along a path, e.g. `child(entry, 'BookgDt', 'Dt')`. */
export function child(element: XmlElement | undefined, ...path: string[]): XmlElement | undefined {
  let at = element;
  for (const name of path) at = at?.children.find((one) => one.name === name);
  return at;
}

/** Text at a path; null when there is none or only blanks. */
export function textAt(element: XmlElement | undefined, ...path: string[]): string | null {
  const text = child(element, ...path)?.text.trim();
  return text === undefined || text === '' ? null : text;
}

/** Children of a name. */
export function childrenOf(element: XmlElement | undefined, name: string): XmlElement[] {
  return element?.children.filter((one) => one.name === name) ?? [];
}

function walker(file: string, handler: XmlHandler) {
  const path: string[] = [];
  const collected: XmlElement[] = [];
  return {
    opens(name: string, attributes: Readonly<Record<string, string>>): void {
      path.push(name);
      if (path.length > depthLimit)
        throw new SourceFileError(
          `${file}: elements are nested deeper than ${depthLimit}; this is no bank statement. Nothing of it was loaded.`,
        );
      if (collected.length === 0 && !handler.begins(name, path, attributes)) return;
      const element: XmlElement = { name, attributes, children: [], text: '' };
      collected.at(-1)?.children.push(element);
      collected.push(element);
    },
    text(text: string): void {
      const element = collected.at(-1);
      if (!element) return;
      if (element.text.length + text.length > textLimit)
        throw new SourceFileError(
          `${file}: the text of <${element.name}> is longer than ${textLimit >> 20} MB; this is no bank statement. Nothing of it was loaded.`,
        );
      element.text += text;
    },
    closes(name: string): void {
      const element = collected.pop();
      if (!element) handler.ends?.(name);
      else if (collected.length === 0) handler.element(element, path);
      else if (handler.within?.(element)) collected.at(-1)?.children.pop();
      path.pop();
    },
  };
}

async function declaredEncoding(path: string): Promise<string> {
  const file = await open(path);
  try {
    const start = Buffer.alloc(200);
    await file.read(start, 0, 200, 0);
    if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le';
    if (start[0] === 0xfe && start[1] === 0xff) return 'utf-16be';
    const declared = /^[^<]*<\?xml[^>]*encoding\s*=\s*["']([\w.:-]+)["']/u.exec(
      start.toString('latin1'),
    )?.[1];
    return new TextDecoder(declared ?? 'utf-8').encoding;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new SourceFileError(
      `${basename(path)}: its first line names an encoding that is not known. Save the file as UTF-8.`,
      { cause: error },
    );
  } finally {
    await file.close();
  }
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

/** The parser's message without the file name it repeats. */
function plain(message: string): string {
  return message.replace(/^[^:]*:(?=\d)/u, 'at line ').replace(/\.$/u, '');
}
