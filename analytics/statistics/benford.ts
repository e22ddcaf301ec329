import type { Queryable } from '../table.ts';

/** How the amounts of standing invoices follow Benford's law. */
export interface BenfordFigures {
  readonly count: number;
  /** Mean absolute deviation of the shares of the 90 first two digits; from 0.0022 they do not conform. */
  readonly mean_absolute_deviation: number;
  /** The five first two digits whose count is furthest from the expected one, largest first. */
  readonly spikes: readonly { readonly digits: number; readonly difference: number }[];
  /** Squared length of the mean of the mantissas on the unit circle; 0 when they are even. */
  readonly mantissa_arc: number;
}

/**
 * First two digits and mantissas of all positive amounts the warehouse knows.
 *
 * Definition  Digits are read from the decimal text, so that none is lost to floating point.
 *             Expected share of d: log10(1 + 1/d). Mantissa: fractional part of log10(amount).
 * Errors      without a positive amount: throws, naming the table that is empty.
 * Source      Nigrini, Benford's Law (2012); package benford.analysis, corporate.payment:
 *             n 185,083, deviation 0.002336614, arc 0.0039958
 */
export async function benfordFigures(warehouse: Queryable): Promise<BenfordFigures> {
  const rows = await warehouse.rows(`
    with amount as (
      select amount_gross,
        left(ltrim(replace(amount_gross::varchar, '.', ''), '0') || '0', 2)::integer as digits
      from standing_invoice
    ),
    whole as (
      select count(*) as amount_count,
        avg(cos(2 * pi() * log10(amount_gross::double))) as mean_x,
        avg(sin(2 * pi() * log10(amount_gross::double))) as mean_y
      from amount
    ),
    counted as (
      select two as digits, count(amount.digits) as digit_count, log10(1 + 1.0 / two) as expected_rate
      from range(10, 100) as all_digits(two)
      left join amount on amount.digits = two
      group by two
    )
    select digits, amount_count, digit_count - expected_rate * amount_count as difference,
      mean_x * mean_x + mean_y * mean_y as arc
    from counted cross join whole
    where amount_count > 0
    order by abs(difference) desc, digits`);
  const [first] = rows;
  if (!first) throw new Error('standing_invoice has no positive amount; load invoices first');
  const count = Number(first['amount_count']);
  const differences = rows.map((row) => ({
    digits: Number(row['digits']),
    difference: Number(row['difference']),
  }));
  const total = differences.reduce((sum, { difference }) => sum + Math.abs(difference), 0);
  return {
    count,
    mean_absolute_deviation: total / count / differences.length,
    spikes: differences.slice(0, 5),
    mantissa_arc: Number(first['arc']),
  };
}
