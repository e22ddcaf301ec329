import * as v from 'valibot';
import { ruleField, ruleGroup, ruleSubjects, type RuleSubject } from './fields.ts';

/** How sure the owner of a rule is that what it flags is worth stopping. */
export const severities = ['low', 'medium', 'high', 'very_high'] as const;
export type Severity = (typeof severities)[number];

export const aggregateMeasures = ['count', 'sum', 'highest', 'average'] as const;
export type AggregateMeasure = (typeof aggregateMeasures)[number];

/** Most conditions of one rule: a sentence that nobody can read is not a rule. */
export const conditionLimit = 12;
/** Longest window of an aggregate. */
export const windowLimit_days = 1_100;

const number = v.pipe(v.string(), v.regex(/^-?\d{1,14}(\.\d{1,4})?$/, 'number'));
const compared = v.picklist(['at_least', 'below']);
const words = v.pipe(
  v.array(v.pipe(v.string(), v.trim(), v.nonEmpty('words'), v.maxLength(200))),
  v.minLength(1, 'words'),
  v.maxLength(50, 'words'),
);
const fieldName = v.pipe(v.string(), v.maxLength(60));

/**
 * One condition of a rule. `number`: amount, count or days against a bound. `words`: text that is one
 * of these, or is none of them. `contains`: text with this in it. `yes_no`. `list`: on a list, or not.
 * `aggregate`: over the subjects of the same group in the days up to and with this one.
 */
export const conditionSchema = v.variant('kind', [
  v.object({ kind: v.literal('number'), field: fieldName, operator: compared, value: number }),
  v.object({
    kind: v.literal('words'),
    field: fieldName,
    operator: v.picklist(['is', 'is_not']),
    values: words,
  }),
  v.object({
    kind: v.literal('contains'),
    field: fieldName,
    value: v.pipe(v.string(), v.trim(), v.nonEmpty('words'), v.maxLength(200)),
  }),
  v.object({ kind: v.literal('yes_no'), field: fieldName, is: v.boolean() }),
  v.object({
    kind: v.literal('list'),
    field: fieldName,
    operator: v.picklist(['in', 'not_in']),
    list_id: v.pipe(v.string(), v.uuid('list')),
  }),
  v.object({
    kind: v.literal('aggregate'),
    measure: v.picklist(aggregateMeasures),
    by: fieldName,
    within_days: v.pipe(
      v.number(),
      v.integer('window'),
      v.minValue(1, 'window'),
      v.maxValue(windowLimit_days, 'window'),
    ),
    operator: compared,
    value: number,
  }),
]);
export type Condition = v.InferOutput<typeof conditionSchema>;

/** A rule as its author writes it: all of these must hold, none of those may. */
export const ruleSchema = v.pipe(
  v.object({
    name: v.pipe(v.string(), v.trim(), v.nonEmpty('name'), v.maxLength(80, 'name')),
    subject: v.picklist(ruleSubjects),
    severity: v.picklist(severities),
    all: v.pipe(v.array(conditionSchema), v.maxLength(conditionLimit, 'conditions')),
    unless: v.pipe(v.array(conditionSchema), v.maxLength(conditionLimit, 'conditions')),
  }),
  v.check(
    (rule) => [...rule.all, ...rule.unless].every((one) => isKnown(rule.subject, one)),
    'field',
  ),
);
export type Rule = v.InferOutput<typeof ruleSchema>;

const comparable: Readonly<Record<string, readonly string[]>> = {
  number: ['amount', 'count', 'days'],
  words: ['text', 'key'],
  contains: ['text'],
  yes_no: ['yes_no'],
  list: ['text', 'key'],
};

/** Whether the field or group exists for the subject and can be compared in this way. */
function isKnown(subject: RuleSubject, condition: Condition): boolean {
  if (condition.kind === 'aggregate') return ruleGroup(subject, condition.by) !== undefined;
  const field = ruleField(subject, condition.field);
  return field !== undefined && (comparable[condition.kind] ?? []).includes(field.type);
}
