/** Numbers of a column whose length is not known before its end: doubles its room when full. */
export class GrowingNumbers<T extends Int32Array | Float64Array> {
  length = 0;
  #values: T;
  readonly #make: (length: number) => T;

  constructor(make: (length: number) => T) {
    this.#make = make;
    this.#values = make(1024);
  }

  push(value: number): void {
    if (this.length === this.#values.length) {
      const larger = this.#make(this.length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.length] = value;
    this.length += 1;
  }

  /** What was pushed, without the spare room. */
  finish(): T {
    return this.#values.slice(0, this.length) as T;
  }
}

/** A column of texts as codes: equal texts share one. */
export class TextCodes {
  readonly names: string[] = [];
  readonly #codes = new Map<string, number>();

  /** Code of a text; -1 for an empty cell. */
  of(text: string | null | undefined): number {
    if (text == null || text === '') return -1;
    const known = this.#codes.get(text);
    if (known !== undefined) return known;
    const code = this.names.push(text) - 1;
    this.#codes.set(text, code);
    return code;
  }
}
