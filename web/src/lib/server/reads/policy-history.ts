import { bandOf, type ProbabilityOf } from '#analytics/stories.ts';
import type { Queryable, Row } from '#analytics/table.ts';
import { caseProbability } from '../case-risk.ts';
import { vendorClasses } from '../control/policy-document.ts';
import type { PastPayment } from '../control/policy-simulation.ts';

/** Payments a simulation replays, the latest. */
const historyLimit = 50_000;
const historyMonths = 12;
/** What the warehouse hands out as rows at once. */
const rowsPerRead = 10_000;

/** Of a payment request: what is special about its payee, as policies see it. */
export const vendorClassSql = `case
  when payments_to_vendor_before > 0 and previous_account_token is not null
    and account_known_since > requested_at - interval 30 day then 'account_changed'
  when payments_to_vendor_before > 0 then 'known'
  else 'new'
end`;

/** The payments requested in the twelve months before `asOf`, with what rules look at. */
export async function policyHistory(
  warehouse: Queryable,
  asOf: string,
  probabilityOf: ProbabilityOf,
): Promise<PastPayment[]> {
  const history: PastPayment[] = [];
  for (let offset = 0; offset < historyLimit; offset += rowsPerRead) {
    const rows = await warehouse.rows(historySql, {
      as_of: asOf.replace('Z', ''),
      months: historyMonths,
      limit: rowsPerRead,
      offset,
    });
    history.push(...rows.map((row) => pastPayment(row, probabilityOf)));
    if (rows.length < rowsPerRead) break;
  }
  return history;
}

const historySql = `with risk as (
    select payment_request_key, string_agg(detector || '=' || score, ',' order by detector, score) as findings
    from finding where kind = 'risk' and payment_request_key is not null group by payment_request_key
  )
  select company_key::varchar as company_key, category, amount_base::varchar as amount_base,
    ${vendorClassSql} as vendor_class, requested_at::date::varchar as requested_on, findings
  from payment_flow left join risk using (payment_request_key)
  where requested_at > $as_of::timestamp - to_months($months) and requested_at <= $as_of::timestamp
  order by requested_at desc, payment_request_key limit $limit offset $offset`;

function pastPayment(row: Row, probabilityOf: ProbabilityOf): PastPayment {
  return {
    company_key: String(row['company_key']),
    category: row['category'] === null ? null : String(row['category']),
    amount_base: row['amount_base'] === null ? null : String(row['amount_base']),
    vendor_class: vendorClasses.find((one) => one === row['vendor_class']) ?? 'new',
    band: bandOf(caseProbability(findingsOf(row['findings']), probabilityOf)),
    requested_on: String(row['requested_on']),
  };
}

function findingsOf(text: unknown): { detector: string; score: number }[] {
  if (typeof text !== 'string') return [];
  return text.split(',').map((one) => {
    const [detector = '', score = '0'] = one.split('=');
    return { detector, score: Number(score) };
  });
}

/** Categories payments have, the most frequent first. */
export async function policyCategories(warehouse: Queryable): Promise<string[]> {
  const rows = await warehouse.rows(
    `select category from payment_flow where category is not null
     group by category order by count(*) desc, category limit 60`,
  );
  return rows.map((row) => String(row['category']));
}
