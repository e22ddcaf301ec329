import { ruleSources, type FieldType, type RuleSubject } from '#analytics/rules/fields.ts';
import { aggregateMeasures, severities } from '#analytics/rules/rule.ts';
import { messageText } from '../message-text.ts';

export interface Word {
  readonly value: string;
  readonly text: string;
}

/** What the sentence of a rule may say, in the reader's language. */
export interface RuleWords {
  readonly subjects: readonly (Word & {
    readonly value: RuleSubject;
    readonly fields: readonly (Word & { readonly type: FieldType })[];
    readonly groups: readonly Word[];
  })[];
  readonly measures: readonly Word[];
  readonly severities: readonly Word[];
}

export function ruleWords(): RuleWords {
  const words = (prefix: string, values: readonly string[]): Word[] =>
    values.map((value) => ({ value, text: messageText(prefix, value) }));
  return {
    subjects: (Object.keys(ruleSources) as RuleSubject[]).map((value) => ({
      value,
      text: messageText('rules_one_', value),
      fields: ruleSources[value].fields.map(({ id, type }) => ({
        value: id,
        type,
        text: messageText('rules_field_', id),
      })),
      groups: words(
        'rules_group_',
        ruleSources[value].groups.map(({ id }) => id),
      ),
    })),
    measures: words('rules_measure_', aggregateMeasures),
    severities: words('rules_severity_', severities),
  };
}
