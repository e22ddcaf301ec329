/**
 * "Fail the n-th call": each workflow is repeated with its first, second, third … call to the store
 * failing, before or after it was carried out, until a run needs no more calls. Afterwards the same
 * request is sent again and the jobs run: the end is the same as without a failure, once.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Person } from '../../web/src/lib/server/auth/person.ts';
import { deliver } from '../../web/src/lib/server/jobs/deliver.ts';
import { verifyAudit } from '../../web/src/lib/server/state/audit.ts';
import { mergeCase } from '../../web/src/lib/server/state/case-merge.ts';
import { syncCases, type CaseStory } from '../../web/src/lib/server/state/case-sync.ts';
import type { Queries, State } from '../../web/src/lib/server/state/database.ts';
import { decide, undo } from '../../web/src/lib/server/state/decisions.ts';
import { answerDecision } from '../../web/src/lib/server/state/four-eyes.ts';
import { requeueUnanswered } from '../../web/src/lib/server/state/outbox.ts';
import { asOf, freshState, lowRisk, somebody, story } from '../web/server/fresh-state.ts';
import { chanceOf } from './chance.ts';
import { faultyErp, type FaultyErp } from './faulty-erp.ts';
import { faultyStore, StoreFault } from './faulty-store.ts';

interface Scene {
  readonly first: Person;
  readonly second: Person;
  readonly stories: readonly CaseStory[];
  readonly caseNumbers: readonly string[];
  readonly decisionId: string;
  readonly erp: FaultyErp;
}

interface Workflow {
  readonly name: string;
  /** What has to have happened before. */
  readonly before?: (state: State, scene: Scene) => Promise<unknown>;
  readonly work: (state: State, scene: Scene) => Promise<unknown>;
}

const release = (state: State, scene: Scene, index: number) =>
  decide(state, scene.first, {
    decision_id: scene.decisionId,
    case_number: scene.caseNumbers[index] ?? '',
    case_version: 1,
    verdict: 'expected',
    reason_code: 'contract',
    action: 'release',
    note: '',
    expected_status: 'in_approval',
    expected_version: 3,
  });

const carry = (state: State, { decisionId, erp }: Scene) =>
  deliver(state, decisionId, { send: erp.send, now: () => new Date(), random: () => 0 });

const workflows: readonly Workflow[] = [
  { name: 'decide', work: (state, scene) => release(state, scene, 0) },
  {
    name: 'undo',
    before: (state, scene) => release(state, scene, 0),
    work: (state, { first, decisionId }) => undo(state, first, decisionId),
  },
  { name: 'deliver', before: (state, scene) => release(state, scene, 0), work: carry },
  { name: 'ask for a second person', work: (state, scene) => release(state, scene, 1) },
  {
    name: 'confirm',
    before: (state, scene) => release(state, scene, 1),
    work: (state, { second, decisionId }) =>
      answerDecision(state, second, {
        confirmation_id: decisionId,
        answer: 'confirm',
        note: '',
        expected_status: 'in_approval',
        expected_version: 3,
      }),
  },
  {
    name: 'merge',
    work: (state, { first, caseNumbers }) =>
      mergeCase(state, first, {
        case_number: caseNumbers[1] ?? '',
        case_version: 1,
        into: caseNumbers[0] ?? '',
      }),
  },
  {
    name: 'bring the cases up to new findings',
    work: (state, { stories }) =>
      syncCases(
        state,
        stories.map((one) => ({
          ...one,
          expected_loss: '900.0000',
          findings: [...one.findings, ...story().findings.map(keyed)],
        })),
        asOf,
      ),
  },
];

const keyed = (finding: CaseStory['findings'][number]) => ({
  ...finding,
  finding_key: '00000000-0000-4000-8000-0000000000ff',
});

/** Enough for every workflow; reaching it means a loop. */
const mostCalls = 200;

test.each(workflows)(
  '$name: whichever call fails, it is done once in the end',
  async (workflow) => {
    const real = await freshState();
    const folder = await mkdtemp(join(tmpdir(), 'quittance-nth-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await writeFile(join(folder, 'token'), 'a token of the tests');
    const first = await somebody(real, { name: 'Mei' });
    const second = await somebody(real, { name: 'Helena', roles: ['cfo'] });
    const stories = [
      story({ ...lowRisk(), payment_request_id: 'PR-1' }),
      story({ payment_request_id: 'PR-2' }),
    ];
    await syncCases(real, stories, asOf);
    const cases = await real.query<{ case_number: string }>(
      'select case_number from cases order by payment_request_id',
    );
    const decisionId = randomUUID();
    const over = new Error('rolled back on purpose');

    async function ending(plain: Queries, failAt: number, moment: 'before' | 'after') {
      const erp = faultyErp({
        requests: ['PR-1', 'PR-2'],
        token_path: join(folder, 'token'),
        chance: chanceOf(1),
      });
      const caseNumbers = cases.map((one) => one.case_number);
      const scene: Scene = { first, second, stories, caseNumbers, decisionId, erp };
      const store = faultyStore(real, plain);
      await plain.query('savepoint run');
      await workflow.before?.(store.state, scene);
      store.plan({ failAt, moment, dies: true });
      const failed = await workflow.work(store.state, scene).then(
        () => false,
        (cause: unknown) => {
          if (cause instanceof StoreFault) return true;
          throw cause;
        },
      );
      store.revive();
      // The process starts again, and the browser sends what was not answered once more.
      await requeueUnanswered(store.state);
      if (failed) await workflow.work(store.state, scene);
      const queued = await plain.query('select 1 from outbox');
      if (queued.length > 0) await carry(store.state, scene);
      expect(await verifyAudit(plain)).toMatchObject({ intact: true });
      const [end] = await plain.query<Record<string, unknown>>(wholeState);
      await plain.query('rollback to savepoint run');
      return { failed, end: { ...end, erp: erp.queue.decisions.map(({ answer }) => answer) } };
    }

    const all = real.transaction(async (plain) => {
      const { end: wanted } = await ending(plain, 0, 'before');
      let failures = 0;
      for (const moment of ['before', 'after'] as const)
        for (let call = 1; call < mostCalls; call++) {
          const { failed, end } = await ending(plain, call, moment);
          if (!failed) break;
          failures++;
          expect(end, `${workflow.name}: call ${call} failed ${moment} it was carried out`).toEqual(
            wanted,
          );
        }
      expect(failures).toBeGreaterThan(5);
      expect(failures).toBeLessThan(2 * mostCalls - 2);
      throw over;
    });
    await expect(all).rejects.toBe(over);
  },
);

/** Everything people decided, without the times at which it happened. */
const wholeState = `select
  (select jsonb_agg(to_jsonb(c) - 'updated_at' order by c.case_number) from cases c) as cases,
  (select jsonb_agg(jsonb_build_array(d.decision_id, d.action, d.undone_at is null) order by d.decision_id)
   from decision d) as decisions,
  (select jsonb_agg(jsonb_build_array(o.decision_id, o.state, o.erp_status, o.erp_version) order by o.id)
   from outbox o) as outbox,
  (select jsonb_agg(jsonb_build_array(a.action, a.subject, a.actor) order by a.id) from audit_log a) as audit,
  (select jsonb_agg(jsonb_build_array(k.confirmation_id, k.state)) from confirmation k) as confirmations,
  (select count(*) from confirmation_answer)::integer as answers,
  (select count(*) from case_finding)::integer as findings`;
