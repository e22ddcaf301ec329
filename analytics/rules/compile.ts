import type { Detector } from '../detectors/detector.ts';
import { statementOfQuestion } from '../detectors/finding-statement.ts';
import type { Parameter, Statement } from '../table.ts';
import { ruleField, ruleGroup, ruleSources, type RuleSource } from './fields.ts';
import { entriesOf, type RuleList } from './lists.ts';
import type { Condition, Rule, Severity } from './rule.ts';

/** A rule with the name and version it runs under. */
export interface VersionedRule {
  readonly rule_id: string;
  readonly version: number;
  readonly rule: Rule;
}

/** What a rule's findings are believed to be worth before verdicts: its score at the bound is 3/4 of this. */
export const severityRates: Readonly<Record<Severity, number>> = {
  low: 0.15,
  medium: 0.3,
  high: 0.5,
  very_high: 0.8,
};

/** Id of the detector that a rule runs as. */
export function ruleDetectorId(ruleId: string): string {
  return `rule:${ruleId}`;
}

/**
 * A rule as a detector like any other.
 *
 * Definition  Flags a subject when every condition of `all` holds and none of `unless`; a condition on
 *             something unknown does not hold. Score: the severity's rate, from 3/4 of it at the bound
 *             of its first number up to all of it far beyond. The finding's reasons name rule and version.
 * Errors      `find` throws for lists in a circle or a list that is not there
 */
export function ruleDetector(of: VersionedRule, lists: readonly RuleList[]): Detector {
  const { rule } = of;
  const source = ruleSources[rule.subject];
  const partition = partitionOf(rule).replace('subject.', '');
  return {
    id: ruleDetectorId(of.rule_id),
    kind: 'risk',
    subject: rule.subject,
    question: rule.name,
    definition: JSON.stringify(rule),
    falsePositiveGuard: JSON.stringify(rule.unless),
    baseRate: 'Replayed over 12 months before it goes live.',
    prior_rate: 1,
    source: `version ${of.version} of a rule written and confirmed by people`,
    parameters: {},
    reads: {
      [source.table]: partition,
      ...(readsVendor(rule) ? { vendor: 'vendor_key' } : {}),
    },
    find: (_parameters, asOf) => ruleStatement(of, lists, asOf),
  };
}

/** Collects the values of a statement: each gets a name of its own and is bound, never written into the text. */
class Values {
  readonly named: Record<string, Parameter> = {};
  bind(value: Parameter): string {
    const name = `value_${Object.keys(this.named).length}`;
    this.named[name] = value;
    return `$${name}`;
  }
}

/**
 * The select of a rule: its text comes from the allow-list of fields alone, its values are bound.
 *
 * Shape   the columns of `findingColumns`, one row per flagged subject
 * Errors  throws for a field, group or list that is not there, and for lists in a circle
 */
export function ruleStatement(
  { rule, version }: VersionedRule,
  lists: readonly RuleList[],
  asOf: string,
): Statement {
  const source = ruleSources[rule.subject];
  const values = new Values();
  const on: Compiling = {
    rule,
    source,
    values,
    entries: (id) => entriesOf(lists, id, asOf),
    selected: new Map(),
    measures: [],
  };
  const all = rule.all.map((condition) => compiled(on, condition));
  const unless = rule.unless.map((condition) => compiled(on, condition));
  const holds = [
    ...all.map(({ sql }) => `coalesce(${sql}, false)`),
    ...unless.map(({ sql }) => `not coalesce(${sql}, false)`),
  ];
  const rate = severityRates[rule.severity];
  const graded = all.find(({ grade }) => grade !== null)?.grade ?? '1';
  const reasons = all.flatMap(({ reason }) => reason ?? []);
  const told = values.bind(rule.name);
  const question = `
with subject as (
  select
    ${source.subject_key} as subject_key, ${source.payment_request_key} as request_key, subject.company_key as entity_key,
    subject.vendor_key as supplier_key, ${partitionOf(rule)}::varchar as partition_key, ${source.known_at} as found_at,
    ${source.amount} as stake, subject.currency as stake_currency, subject.amount_base as base_amount
    ${[...on.selected].map(([id, sql]) => `, ${sql} as field_${id}`).join('')}
  from ${source.table} as subject
  ${readsVendor(rule) ? 'left join vendor on vendor.vendor_key = subject.vendor_key' : ''}
  where ${source.known_at} is not null
),
measured as (
  select *${on.measures.map(({ select }) => `, ${select}`).join('')}
  from subject
  ${on.measures.length > 0 ? `window ${on.measures.map(({ window }) => window).join(', ')}` : ''}
)
select
  partition_key, subject_key, request_key as payment_request_key, entity_key as company_key, supplier_key as vendor_key,
  ${rate} * (0.75 + 0.25 * ${graded}) as score,
  stake as amount_at_stake, stake_currency as currency,
  [
    {
      'weight': ${reasons.length + 1}.0, 'id': 'rule_matched',
      'values': json_object('rule', ${told}::varchar, 'version_count', ${values.bind(version)}::integer),
      'actual': null::double, 'usual_low': null::double, 'usual_high': null::double, 'unit': ''
    }${reasons.map((reason) => `,\n    ${reason}`).join('')}
  ] as reasons,
  [] as evidence_keys,
  found_at as found_as_of
from measured
where ${holds.length > 0 ? holds.join('\n  and ') : 'true'}`;
  return { sql: statementOfQuestion(question), values: values.named };
}

interface Compiling {
  readonly rule: Rule;
  readonly source: RuleSource;
  readonly values: Values;
  readonly entries: (listId: string) => readonly string[];
  readonly selected: Map<string, string>;
  readonly measures: { readonly select: string; readonly window: string }[];
}

interface Compiled {
  readonly sql: string;
  /** 0 at the bound, towards 1 far beyond. */
  readonly grade: string | null;
  readonly reason: string | null;
}

function compiled(on: Compiling, condition: Condition): Compiled {
  if (condition.kind === 'aggregate') return compiledAggregate(on, condition);
  const column = fieldColumn(on, condition.field);
  const plain = (sql: string): Compiled => ({ sql, grade: null, reason: null });
  switch (condition.kind) {
    case 'number': {
      const bound = `${on.values.bind(condition.value)}::decimal(18, 4)`;
      const type = ruleField(on.rule.subject, condition.field)?.type ?? '';
      return {
        ...compared(column, condition.operator, bound),
        reason: reasonOf(`rule_${type}_${condition.operator}`, {
          column,
          bound,
          type,
          operator: condition.operator,
          more: '',
        }),
      };
    }
    case 'words': {
      const words = `list_contains(${on.values.bind(condition.values)}, ${column}::varchar)`;
      return plain(condition.operator === 'is' ? words : `${column} is not null and not ${words}`);
    }
    case 'contains':
      return plain(
        `contains(lower(${column}), lower(${on.values.bind(condition.value)}::varchar))`,
      );
    case 'yes_no':
      return plain(condition.is ? column : `not ${column}`);
    case 'list': {
      const listed = `list_contains(${on.values.bind([...on.entries(condition.list_id)])}, ${column}::varchar)`;
      return plain(
        condition.operator === 'in' ? listed : `${column} is not null and not ${listed}`,
      );
    }
  }
}

const measureSql = {
  count: 'count(*)',
  sum: 'sum(base_amount)',
  highest: 'max(base_amount)',
  average: 'avg(base_amount)',
} as const;

function compiledAggregate(
  on: Compiling,
  condition: Extract<Condition, { kind: 'aggregate' }>,
): Compiled {
  const place = on.measures.length;
  const days = on.values.bind(condition.within_days);
  on.measures.push({
    select: `${measureSql[condition.measure]} over window_${place} as measure_${place}, count(*) over window_${place} - count(base_amount) over window_${place} as unknown_${place}`,
    window: `window_${place} as (partition by partition_key order by found_at range between to_days(${days}::integer) preceding and current row)`,
  });
  const column = `measure_${place}`;
  const bound = `${on.values.bind(condition.value)}::decimal(18, 4)`;
  const { sql, grade } = compared(column, condition.operator, bound);
  const type = condition.measure === 'count' ? 'count' : 'amount';
  // Of amounts that are partly unknown only a lower bound is known.
  const isKnown =
    condition.measure === 'count'
      ? 'true'
      : condition.operator === 'below' || condition.measure === 'average'
        ? `unknown_${place} = 0`
        : 'true';
  return {
    sql: `(partition_key is not null and ${isKnown} and ${sql})`,
    grade,
    reason: reasonOf(`rule_window_${condition.measure}`, {
      column,
      bound,
      type,
      operator: condition.operator,
      more: `, 'window_days', ${days}::integer`,
    }),
  };
}

function compared(column: string, operator: 'at_least' | 'below', bound: string): Compiled {
  const sql = operator === 'at_least' ? `${column} >= ${bound}` : `${column} < ${bound}`;
  const over =
    operator === 'at_least'
      ? `${bound}::double / nullif(${column}, 0)::double`
      : `${column}::double / nullif(${bound}, 0)::double`;
  return { sql, grade: `greatest(0, least(1, 1 - coalesce(${over}, 1)))`, reason: null };
}

function reasonOf(
  id: string,
  of: { column: string; bound: string; type: string; operator: string; more: string },
): string {
  const [high, low] =
    of.operator === 'at_least'
      ? [`${of.bound}::double`, 'null::double']
      : ['null::double', `${of.bound}::double`];
  const unit = of.type === 'amount' ? 'group_currency' : of.type;
  const shown = of.type === 'amount' ? 'round({}, 2)::decimal(18, 2)::varchar' : 'round({}, 1)';
  const value = (name: string, sql: string) => `'${name}_${of.type}', ${shown.replace('{}', sql)}`;
  return `{
      'weight': 1.0, 'id': '${id}',
      'values': json_object(${value('actual', of.column)}, ${value('bound', of.bound)}${of.more}),
      'actual': ${of.column}::double, 'usual_low': ${low}, 'usual_high': ${high}, 'unit': '${unit}'
    }`;
}

function fieldColumn(on: Compiling, id: string): string {
  const field = ruleField(on.rule.subject, id);
  if (field === undefined)
    throw new Error(
      `rule ${on.rule.name}: there is no field ${id}; choose one of ${on.source.fields.map((one) => one.id).join(', ')}`,
    );
  on.selected.set(field.id, field.sql);
  return `field_${field.id}`;
}

/** The column by which the question falls apart: what its aggregates are taken over, else the vendor or the row. */
function partitionOf(rule: Rule): string {
  const groups = groupsOf(rule);
  const [first] = groups;
  if (groups.length > 1)
    throw new Error(
      `rule ${rule.name}: it adds up by ${groups.join(' and ')}; one rule adds up by one of them, write two rules`,
    );
  if (first !== undefined) {
    const group = ruleGroup(rule.subject, first);
    if (group === undefined)
      throw new Error(`rule ${rule.name}: nothing can be added up by ${first}`);
    return group.column;
  }
  return readsVendor(rule) ? 'subject.vendor_key' : ruleSources[rule.subject].subject_key;
}

/** What the aggregates of a rule are taken over, each once. */
export function groupsOf(rule: Rule): string[] {
  const by = [...rule.all, ...rule.unless].flatMap((one) =>
    one.kind === 'aggregate' ? one.by : [],
  );
  return [...new Set(by)];
}

/** Whether a rule asks about the vendor master. */
export function readsVendor(rule: Rule): boolean {
  return [...rule.all, ...rule.unless].some(
    (one) => one.kind !== 'aggregate' && ruleField(rule.subject, one.field)?.of_vendor === true,
  );
}
