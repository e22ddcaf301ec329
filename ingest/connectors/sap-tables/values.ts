/** Settings of the SAP system the tables come from. */
export interface SapSystem {
  readonly currency: string;
  readonly timeZone: string;
  readonly country: string | undefined;
  readonly serviceAccounts: readonly string[];
  /** 'internal' as tables store them: two decimals for every currency. */
  readonly amounts: 'internal' | 'external';
}

/** SQL text of a literal. */
export function literal(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

/** Text without outer blanks; null when empty. Leading zeros stay. */
export function filled(column: string): string {
  return `nullif(trim(${column}), '')`;
}

/** YYYYMMDD as an ISO date; '00000000' and empty are null; other text stays to be judged. */
export function date(column: string): string {
  const text = `nullif(nullif(trim(${column}), ''), '00000000')`;
  return `case when regexp_full_match(${text}, '[0-9]{8}') then parse_date(${text}, '%Y%m%d') else ${text} end`;
}

/** YYYYMMDD and HHMMSS of the system's zone as a UTC time; midnight when the table has no time. */
export function timestamp(day: string, time: string | undefined, { timeZone }: SapSystem): string {
  const onDay = date(day);
  const clock =
    time === undefined
      ? `'000000'`
      : `lpad(replace(coalesce(${filled(time)}, '000000'), ':', ''), 6, '0')`;
  return `parse_timestamp((${onDay}) || ' ' || ${clock}, '%Y-%m-%d %H%M%S', ${literal(timeZone)})`;
}

/** 'date' when there is no time of day, else 'second'. */
export function precision(time: string): string {
  return `case when ${filled(time)} is null then 'date' else 'second' end`;
}

/** Currency of a row, or that of the books. */
export function currency(column: string, { currency: books }: SapSystem): string {
  return `coalesce(upper(${filled(column)}), ${literal(books)})`;
}

/**
 * An amount with its sign in front. SAP stores every currency with two decimals (table TCURX): 1,000
 * yen are 10.00, 1.234 Kuwaiti dinars are 12.34.
 */
export function amount(column: string, currencySql: string, { amounts }: SapSystem): string {
  const text = `parse_decimal(${column}, '.')`;
  if (amounts === 'external') return text;
  const number = `try_cast(${text} as decimal(38, 9))`;
  return `case
    when ${currencySql} in (${noDecimals.map(literal).join(', ')}) and ${number} is not null
      then rtrim(rtrim((${number} * 100)::varchar, '0'), '.')
    when ${currencySql} in (${threeDecimals.map(literal).join(', ')}) and ${number} is not null
      then rtrim(rtrim((${number} / 10)::decimal(38, 9)::varchar, '0'), '.')
    else ${text} end`;
}

/** Turns the sign of an amount in text when the condition holds. */
export function negatedWhen(condition: string, amountSql: string): string {
  return `case when ${condition} and try_cast(${amountSql} as decimal(38, 9)) is not null
    then (-try_cast(${amountSql} as decimal(38, 9)))::varchar else ${amountSql} end`;
}

/** Currencies without decimals and with three, ISO 4217 (2024). */
const noDecimals = [
  'BIF',
  'CLP',
  'DJF',
  'GNF',
  'ISK',
  'JPY',
  'KMF',
  'KRW',
  'PYG',
  'RWF',
  'UGX',
  'VND',
  'VUV',
  'XAF',
  'XOF',
  'XPF',
];
const threeDecimals = ['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'];

/** True for credit notes. XRECH is X for invoices and blank for credits; a table without the column has none. */
export const isCredit = `(coalesce(trim(rbkp.XRECH), '') <> 'X' and (select count(${filled('XRECH')}) from rbkp) > 0)`;
