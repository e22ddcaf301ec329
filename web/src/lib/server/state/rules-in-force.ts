import { cycleOf } from '#analytics/rules/lists.ts';
import type { ChangeEffect } from './changes.ts';
import { ruleLists, putList, type ListDocument } from './rule-lists.ts';
import { currentOf, problemsOf, type RuleVersion } from './rules.ts';
import type { SuppressionDocument } from './suppressions.ts';

/** What a confirmed change of rules carries: a version to run or rest, a list, or a scope to be quiet about. */
type RuleChange =
  | { readonly rule_id: string; readonly version: number; readonly to: 'live' | 'paused' }
  | { readonly list: ListDocument & { readonly list_id: string } }
  | { readonly suppression: SuppressionDocument & { readonly suppression_id: string } };

/** Carries a confirmed change of rules out; the next pull runs them. */
export const putRuleInForce: ChangeEffect = async (queries, asked, person) => {
  const change = asked.change as unknown as RuleChange;
  if ('list' in change) {
    const others = (await ruleLists(queries)).filter(
      ({ list_id }) => list_id !== change.list.list_id,
    );
    if (cycleOf([...others, change.list]) !== null) return 'overtaken';
    await putList(queries, change.list, asked.asked_by);
  } else if ('suppression' in change) {
    const { suppression_id, detector, vendor_key, company_key, reason, expires_on } =
      change.suppression;
    await queries.query(
      `insert into suppression (suppression_id, detector, vendor_key, company_key, reason, owner,
         expires_on, asked_by, confirmed_by) values ($1, $2, $3, $4, $5, $6, $7, $6, $8)`,
      [
        suppression_id,
        detector,
        vendor_key,
        company_key,
        reason,
        asked.asked_by,
        expires_on,
        person.user_id,
      ],
    );
  } else if (!(await putVersionInForce(queries, asked, change, person.user_id))) {
    return 'overtaken';
  }
  await queries.query(
    `select graphile_worker.add_job('apply_rules', queue_name => 'pull', job_key => 'apply_rules')`,
  );
  return 'done';
};

async function putVersionInForce(
  queries: Parameters<ChangeEffect>[0],
  asked: Parameters<ChangeEffect>[1],
  { rule_id, version, to }: Extract<RuleChange, { rule_id: string }>,
  confirmed_by: string,
): Promise<boolean> {
  const [wanted] = await queries.query<RuleVersion>(
    'select * from rule_version where rule_id = $1 and version = $2 for update',
    [rule_id, version],
  );
  if (wanted === undefined || wanted.state === to) return false;
  if (to === 'live' && wanted.kind === 'rule') {
    const problems = await problemsOf(queries, {
      rule_id,
      rule: wanted.document,
      as_of: new Date().toISOString(),
    });
    if (problems.some(({ stops }) => stops)) return false;
  }
  const current = await currentOf(queries, rule_id);
  const isBack = current !== null && version < current.version;
  if (current !== null && current.version !== version)
    await queries.query('update rule_version set state = $3 where rule_id = $1 and version = $2', [
      rule_id,
      current.version,
      isBack ? 'rolled_back' : 'replaced',
    ]);
  await queries.query('update rule_version set state = $3 where rule_id = $1 and version = $2', [
    rule_id,
    version,
    to,
  ]);
  await queries.query(
    `insert into rule_event (rule_id, version, state, reason, asked_by, confirmed_by)
     values ($1, $2, $3, $4, $5, $6)`,
    [rule_id, version, to, asked.note, asked.asked_by, confirmed_by],
  );
  return true;
}
