/**
 * A table of numbers, one array per column, all equally long: what the learning methods read.
 *
 * Shape  columns.length columns of rowCount rows; at least one row and one column
 */
export interface NumericTable {
  readonly rowCount: number;
  readonly columns: readonly Float64Array[];
}

/** What had to be decided about values before a method could read them. */
export interface Completed extends NumericTable {
  readonly missing: number;
  readonly infinite: number;
}

/**
 * The same table without gaps, so that each method is defined for each row.
 *
 * Definition  A missing value (NaN) becomes the column's median: it says nothing, neither usual nor
 *             unusual. Infinity becomes one whole range beyond the column's largest (or smallest)
 *             finite value: it stays the most extreme of all. A column without any finite value
 *             becomes constant 0. Columns that are complete are passed on, not copied.
 * Errors      throws when the columns differ in length
 */
export function completeTable(columns: readonly Float64Array[]): Completed {
  const rowCount = columns[0]?.length ?? 0;
  let missing = 0;
  let infinite = 0;
  const completed = columns.map((column, index) => {
    if (column.length !== rowCount)
      throw new RangeError(
        `completeTable: column ${index} has ${column.length} rows, the first has ${rowCount}; give columns of one table`,
      );
    const finite = column.filter(Number.isFinite);
    if (finite.length === rowCount) return column;
    const sorted = finite.sort();
    const least = sorted[0] ?? 0;
    const most = sorted.at(-1) ?? 0;
    const median = sorted[sorted.length >> 1] ?? 0;
    const range = most > least ? Math.min(most - least, Number.MAX_VALUE) : 1;
    return column.map((value) => {
      if (Number.isFinite(value)) return value;
      if (Number.isNaN(value)) {
        missing += 1;
        return median;
      }
      infinite += 1;
      return value > 0
        ? Math.min(most + range, Number.MAX_VALUE)
        : Math.max(least - range, -Number.MAX_VALUE);
    });
  });
  return { rowCount, columns: completed, missing, infinite };
}

/** Columns moved to 0..1 by their least and largest value, for methods that measure distances; constants become 0. */
export function scaleToUnit({ rowCount, columns }: NumericTable): NumericTable {
  return {
    rowCount,
    columns: columns.map((column) => {
      let least = Infinity;
      let most = -Infinity;
      for (const value of column) {
        if (value < least) least = value;
        if (value > most) most = value;
      }
      // Halved first: the range of a column that spans all doubles would overflow.
      const half = most / 2 - least / 2;
      return half > 0 ? column.map((value) => (value / 2 - least / 2) / half) : column.map(() => 0);
    }),
  };
}
