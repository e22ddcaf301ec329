import { readFileSync } from 'node:fs';
import type { Statement } from '../table.ts';
import type { Parameters } from './detector.ts';

/**
 * The select of a detector, made from the question in its `.sql` file.
 *
 * The question gives the columns of `findingColumns`, with `reasons` as a list of structs
 * {weight, id, values, actual, usual_low, usual_high, unit} in which a reason that does not apply
 * is null. Around it, once for all detectors: weights become shares that add up to 1, reasons are
 * ordered most telling first and become JSON, the score is kept within 0..1. Where the question
 * names \`$since\`, it asks about all time unless the runner says otherwise.
 *
 * Shape   one row per finding
 * Errors  throws when the file cannot be read: name it after the detector, beside it
 * Example findingStatement(new URL('./self-approval.sql', import.meta.url), { lookback_days: 30 })
 */
export function findingStatement(file: URL, parameters: Parameters): Statement {
  const question = readQuestion(file);
  return {
    sql: statementOfQuestion(question),
    values: question.includes('$since') ? { since: '-infinity', ...parameters } : parameters,
  };
}

/** The text of a detector's select around a question that gives its columns, see `findingStatement`. */
export function statementOfQuestion(question: string): string {
  return `with question as (\n${question}\n)\n${wrapped}`;
}

const questions = new Map<string, string>();

function readQuestion(file: URL): string {
  const known = questions.get(file.href);
  if (known !== undefined) return known;
  const text = readFileSync(file, 'utf8').trimEnd();
  questions.set(file.href, text);
  return text;
}

const wrapped = `,
told as (
  select * replace (list_reverse_sort(list_filter(reasons, reason -> reason is not null)) as reasons)
  from question
),
weighed as (
  select *, list_sum(list_transform(reasons, reason -> reason.weight)) as total_weight
  from told
)
select
  partition_key::varchar as partition_key,
  subject_key::uuid as subject_key,
  payment_request_key::uuid as payment_request_key,
  company_key::uuid as company_key,
  vendor_key::uuid as vendor_key,
  greatest(0, least(1, score))::double as score,
  amount_at_stake::decimal(18, 4) as amount_at_stake,
  currency::varchar as currency,
  to_json(list_transform(reasons, reason -> json_object(
    'id', reason.id,
    'values', reason.values,
    'actual', reason.actual,
    'usual_low', reason.usual_low,
    'usual_high', reason.usual_high,
    'unit', reason.unit,
    'share', reason.weight / total_weight
  ))) as reasons,
  coalesce(evidence_keys, [])::uuid[] as evidence_keys,
  found_as_of::timestamp as found_as_of
from weighed`;
