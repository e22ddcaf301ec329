import * as v from 'valibot';
import type { Connector } from '../../connector.ts';

const settingsSchema = v.strictObject({
  /** Name of the platform where the report has no such column. */
  platform: v.optional(v.string()),
  /** Company of merchant accounts not listed in `merchants`; the account's own name when absent. */
  company: v.optional(v.string()),
  /** Merchant account to company id. */
  merchants: v.optional(v.record(v.string(), v.string()), {}),
  delimiter: v.optional(v.pipe(v.string(), v.length(1))),
  encoding: v.optional(v.string()),
  final_line_break: v.optional(v.picklist(['required', 'optional']), 'required'),
});

/** Settings of a `payment-platform` source. */
export type PaymentPlatformSettings = v.InferOutput<typeof settingsSchema>;

/** A payment platform's settlement report: one CSV line per payment, refund, fee or payout. */
export const paymentPlatform: Connector<PaymentPlatformSettings> = {
  name: 'payment-platform',
  brings: ['settlement'],
  settings: settingsSchema,
  async extract({ settings, paths }, landing) {
    for (const path of paths) {
      await landing.csv('settlement_line', path, {
        required: ['Transaction ID', 'Type', 'Currency', 'Gross', 'Settled At (UTC)'],
        optional: ['Platform', 'Merchant Account', 'Payout ID', 'Our Reference', 'Fee', 'Net'],
        ...(settings.delimiter === undefined ? {} : { delimiter: settings.delimiter }),
        ...(settings.encoding === undefined ? {} : { encoding: settings.encoding }),
        finalLineBreak: settings.final_line_break,
      });
      await landing.controlTotalsOf('settlement_line', payoutTotals);
    }
  },
  staging: (settings) => [
    { record: 'settlement', streams: ['settlement_line'], sql: settlement(settings) },
  ],
};

/** What a payout line says was paid out, against the net of the lines it pays. Only whole numbers of cents are added. */
const payoutTotals = `
with line as (
  select
    "Payout ID" as payout,
    upper(trim("Currency")) as currency,
    lower(trim("Type")) = 'payout' as is_payout,
    try_cast(trim("Net") as decimal(38, 6)) as net
  from settlement_line
  where nullif(trim("Payout ID"), '') is not null
)
select
  'payout ' || payout || ' (' || currency || '): net of its lines',
  rtrim(rtrim((abs(sum(net) filter (is_payout)))::varchar, '0'), '.'),
  rtrim(rtrim((abs(sum(net) filter (not is_payout)))::varchar, '0'), '.')
from line
group by payout, currency
having count(*) filter (is_payout) > 0 and count(*) filter (not is_payout) > 0
order by payout, currency`;

function settlement({ platform, company, merchants }: PaymentPlatformSettings): string {
  const known = Object.entries(merchants).map(
    ([merchant, id]) => `when ${literal(merchant)} then ${literal(id)}`,
  );
  const merchant = `nullif(trim("Merchant Account"), '')`;
  const other = company === undefined ? merchant : literal(company);
  return `
select
  trim("Transaction ID") as settlement_id,
  ${known.length === 0 ? other : `case ${merchant} ${known.join(' ')} else ${other} end`} as company_id,
  coalesce(nullif(trim("Platform"), ''), ${platform === undefined ? 'null' : literal(platform)}) as platform,
  nullif(trim("Payout ID"), '') as payout,
  nullif(trim("Our Reference"), '') as end_to_end_id,
  case lower(trim("Type"))
    when 'payment' then 'payment' when 'refund' then 'refund' when 'fee' then 'fee' when 'payout' then 'payout'
    else 'other'
  end as kind,
  upper(trim("Currency")) as currency,
  parse_decimal("Gross", '.') as amount_gross,
  parse_decimal("Fee", '.') as fee_amount,
  parse_decimal("Net", '.') as amount_net,
  nullif(trim("Settled At (UTC)"), '') as settled_at,
  _row,
  _batch_id
from settlement_line`;
}

function literal(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
