import { scaleToUnit, type NumericTable } from './numeric-table.ts';
import { normalNumber, randomNumbers, sampleOf, type RandomNumbers } from './random-numbers.ts';

/** How a forest is grown. */
export interface ForestOptions {
  readonly seed: number;
  readonly trees?: number;
  /** Rows per tree. */
  readonly sample?: number;
  /** Cut by random planes through columns brought to 0..1, not along one column. */
  readonly extended?: boolean;
}

/**
 * Isolation Forest: rows that random cuts part from the rest after few cuts are unusual.
 *
 * Definition  score = 2^(-mean path length / c(sample)), c(n) = 2 H(n-1) - 2 (n-1)/n. Each cut
 *             takes a column that is not constant there and a uniform value within its range
 *             (extended: a plane of random direction through a random point of the node's box).
 *             Depth at most log2(sample), rounded up; an unsplit leaf of m rows adds c(m).
 * Shape       one score per row within 0..1, higher = more unusual; equal rows score alike
 * Source      F. T. Liu, K. M. Ting, Z.-H. Zhou, Isolation Forest, ICDM (2008); S. Hariri et al.,
 *             Extended Isolation Forest, IEEE TKDE (2021)
 */
export function isolationForest(table: NumericTable, options: ForestOptions): Float64Array {
  const { seed, trees = 100, sample = 256, extended = false } = options;
  const random = randomNumbers(seed);
  const read = extended ? scaleToUnit(table) : table;
  const size = Math.min(sample, read.rowCount);
  const deepest = Math.ceil(Math.log2(size));
  const values = extended ? rowMajor(read) : new Float64Array(0);
  const depths = new Float64Array(read.rowCount);
  for (let tree = 0; tree < trees; tree += 1) {
    const grower = new Grower(read, { random, values, extended, deepest });
    grower.grow(sampleOf(read.rowCount, size, random));
    grower.addDepths(depths);
  }
  const usual = averagePath(size);
  return depths.map((depth) => (usual === 0 ? 0.5 : 2 ** (-depth / trees / usual)));
}

/** Average path length of an unsuccessful search among n rows. */
function averagePath(count: number): number {
  if (count <= 1) return 0;
  if (count === 2) return 1;
  return 2 * (Math.log(count - 1) + 0.5772156649015329) - (2 * (count - 1)) / count;
}

/** A cut: a value of one column, or a plane. Negative column: a leaf whose path length is `at`. */
interface Node {
  readonly column: number;
  readonly at: number;
  readonly plane: Float64Array | null;
  left: number;
  right: number;
}

class Grower {
  readonly #columns: readonly Float64Array[];
  /** Row-major, for planes: one row's values lie side by side. */
  readonly #values: Float64Array;
  readonly #rowCount: number;
  readonly #random: RandomNumbers;
  readonly #extended: boolean;
  readonly #deepest: number;
  readonly #nodes: Node[] = [];

  constructor(
    table: NumericTable,
    how: { random: RandomNumbers; values: Float64Array; extended: boolean; deepest: number },
  ) {
    this.#columns = table.columns;
    this.#values = how.values;
    this.#rowCount = table.rowCount;
    this.#random = how.random;
    this.#extended = how.extended;
    this.#deepest = how.deepest;
  }

  grow(rows: Int32Array): void {
    this.#split(rows, 0);
  }

  #split(rows: Int32Array, depth: number): number {
    const place = this.#nodes.length;
    const cut =
      depth >= this.#deepest || rows.length < 2
        ? null
        : this.#extended
          ? this.#plane(rows)
          : this.#axis(rows);
    if (cut === null) {
      this.#nodes.push(leaf(depth + averagePath(rows.length)));
      return place;
    }
    const node: Node = { ...cut, left: 0, right: 0 };
    this.#nodes.push(node);
    node.left = this.#split(
      rows.filter((row) => this.#goesLeft(node, row)),
      depth + 1,
    );
    node.right = this.#split(
      rows.filter((row) => !this.#goesLeft(node, row)),
      depth + 1,
    );
    return place;
  }

  /** A random column that is not constant here, and a value within its range. */
  #axis(rows: Int32Array): Pick<Node, 'column' | 'at' | 'plane'> | null {
    const untried = Array.from(this.#columns.keys());
    while (untried.length > 0) {
      const index = Math.floor(this.#random() * untried.length);
      const column = untried[index] ?? 0;
      const { least, most } = rangeOf(this.#columns[column], rows);
      const at = least + this.#random() * (most - least);
      if (most > least && at < most) return { column, at, plane: null };
      untried[index] = untried.at(-1) ?? 0;
      untried.pop();
    }
    return null;
  }

  #plane(rows: Int32Array): Pick<Node, 'column' | 'at' | 'plane'> | null {
    let spread = false;
    let at = 0;
    const plane = Float64Array.from(this.#columns, (column) => {
      const { least, most } = rangeOf(column, rows);
      spread ||= most > least;
      const direction = normalNumber(this.#random);
      at += direction * (least + this.#random() * (most - least));
      return direction;
    });
    return spread ? { column: 0, at, plane } : null;
  }

  #goesLeft({ column, at, plane }: Node, row: number): boolean {
    if (plane === null) return (this.#columns[column]?.[row] ?? 0) <= at;
    const from = row * plane.length;
    let product = 0;
    for (let index = 0; index < plane.length; index += 1)
      product += (plane[index] ?? 0) * (this.#values[from + index] ?? 0);
    return product <= at;
  }

  /** Adds this tree's path length of every row. */
  addDepths(depths: Float64Array): void {
    const nodes = this.#nodes;
    for (let row = 0; row < this.#rowCount; row += 1) {
      let node = nodes[0];
      while (node !== undefined && node.column >= 0)
        node = nodes[this.#goesLeft(node, row) ? node.left : node.right];
      depths[row] = (depths[row] ?? 0) + (node?.at ?? 0);
    }
  }
}

function rowMajor({ rowCount, columns }: NumericTable): Float64Array {
  const values = new Float64Array(rowCount * columns.length);
  for (const [index, column] of columns.entries())
    for (let row = 0; row < rowCount; row += 1)
      values[row * columns.length + index] = column[row] ?? 0;
  return values;
}

function leaf(pathLength: number): Node {
  return { column: -1, at: pathLength, plane: null, left: 0, right: 0 };
}

function rangeOf(column: Float64Array | undefined, rows: Int32Array) {
  let least = Infinity;
  let most = -Infinity;
  for (const row of rows) {
    const value = column?.[row] ?? 0;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return { least, most };
}
