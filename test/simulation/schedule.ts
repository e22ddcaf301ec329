import { randomUUID } from 'node:crypto';
import { vi } from 'vitest';
import { actions } from '../../web/src/lib/decisions.ts';
import type { Person } from '../../web/src/lib/server/auth/person.ts';
import { deliver } from '../../web/src/lib/server/jobs/deliver.ts';
import { watchDeliveries } from '../../web/src/lib/server/jobs/watch-deliveries.ts';
import { mergeCase, splitCase } from '../../web/src/lib/server/state/case-merge.ts';
import { syncCases, type CaseStory } from '../../web/src/lib/server/state/case-sync.ts';
import { snoozeCase } from '../../web/src/lib/server/state/cases.ts';
import type { Queries, State } from '../../web/src/lib/server/state/database.ts';
import { listDeadLetters, replay } from '../../web/src/lib/server/state/dead-letters.ts';
import type { DecisionInput } from '../../web/src/lib/server/state/decision-record.ts';
import { decide, undo } from '../../web/src/lib/server/state/decisions.ts';
import { answerDecision, withdrawDecision } from '../../web/src/lib/server/state/four-eyes.ts';
import { requeueUnanswered } from '../../web/src/lib/server/state/outbox.ts';
import { lowRisk, story } from '../web/server/fresh-state.ts';
import { chanceOf, type Chance } from './chance.ts';
import { faultyErp, type FaultyErp } from './faulty-erp.ts';
import { faultyStore, StoreFault, type FaultyStore } from './faulty-store.ts';
import { brokenPromises, highRiskRequest, type Witness } from './invariants.ts';

const storeFaultShare = 0.2;
const networkFaultShare = 0.45;
const longestSchedule = 12;
const settleRounds = 400;

/** What every schedule of a database shares. */
export interface World {
  readonly real: State;
  readonly people: readonly Person[];
  /** As the refresh opened them. */
  readonly stories: readonly CaseStory[];
  readonly token_path: string;
}

interface Running {
  readonly chance: Chance;
  /** Not subject to faults, for looking. */
  readonly plain: Queries;
  readonly store: FaultyStore;
  readonly erp: FaultyErp;
  readonly people: readonly Person[];
  readonly stories: CaseStory[];
  readonly posted: { readonly person: Person; readonly input: DecisionInput }[];
  readonly witness: Witness;
  readonly attempts: Map<number, number>;
}

/** Lives through the schedule of a seed; says which promises it broke. Nothing of it stays. */
export async function liveThrough(world: World, plain: Queries, seed: number): Promise<string[]> {
  const chance = chanceOf(seed);
  const [{ now = '' } = {}] = await plain.query<{ now: string }>('select current_timestamp as now');
  vi.setSystemTime(new Date(now));
  const store = faultyStore(world.real, plain);
  const erp = faultyErp({
    requests: ['PR-1', 'PR-2', highRiskRequest],
    token_path: world.token_path,
    chance,
  });
  const running: Running = {
    chance,
    plain,
    store,
    erp,
    people: world.people,
    stories: [...world.stories],
    posted: [],
    witness: { decided: new Map(), undone: new Set() },
    attempts: new Map(),
  };
  await plain.query('savepoint schedule');
  try {
    erp.faultShare = networkFaultShare;
    const steps = 4 + chance.below(longestSchedule);
    for (let step = 0; step < steps; step++) await oneStep(running);
    erp.faultShare = 0;
    await settleAll(running);
    return await brokenPromises(plain, running.witness, erp);
  } finally {
    await plain.query('rollback to savepoint schedule');
    await plain.query('release savepoint schedule');
  }
}

/** Three requests and four cases: two of one vendor, one of high risk, two about the same request. */
export function storiesOfWorld(): CaseStory[] {
  const vendor_key = randomUUID();
  return [
    story({ ...slight(), payment_request_id: 'PR-1', vendor_key }),
    story({ ...slight(), payment_request_id: 'PR-2', vendor_key }),
    story({ payment_request_id: highRiskRequest }),
    story({ ...slight(), payment_request_id: 'PR-1' }),
  ];
}

function slight(): Partial<CaseStory> {
  const { findings = [] } = lowRisk();
  return { ...lowRisk(), findings: findings.map((one) => ({ ...one, finding_key: randomUUID() })) };
}

/** One thing somebody does, with the store failing under it now and then. */
async function oneStep(running: Running): Promise<void> {
  const { chance, store, erp } = running;
  pass(chance.oneOf([0, 1_000, 3_000, 12_000, 60_000, 600_000]));
  if (chance.with(0.3)) erp.arriveLate();
  // While a decision is on its way somebody else goes on working.
  erp.meanwhile = () => within(running, chance.oneOf(deeds));
  const plan = {
    failAt: 1 + chance.below(18),
    moment: chance.oneOf(['before', 'after'] as const),
    dies: chance.with(0.5),
  };
  store.plan(chance.with(storeFaultShare) ? plan : null);
  await within(running, chance.with(0.45) ? workSome : chance.oneOf(deeds));
  erp.meanwhile = null;
  if (store.isDead) {
    store.revive();
    await requeueUnanswered(store.state);
  }
  store.plan(null);
}

/** A fault ends what was being done, as it ends a request. Anything else is an error of ours. */
async function within(running: Running, work: (running: Running) => Promise<void>): Promise<void> {
  try {
    await work(running);
  } catch (cause) {
    if (!(cause instanceof StoreFault)) throw cause;
  }
}

const deeds: readonly ((running: Running) => Promise<void>)[] = [
  decideSome,
  decideSome,
  decideSome,
  decideSome,
  decideSome,
  decideSome,
  decideSome,
  repeatSome,
  undoSome,
  undoSome,
  answerSome,
  answerSome,
  withdrawSome,
  growStory,
  mergeSome,
  snoozeSome,
  replaySome,
  async ({ store }) => void (await watchDeliveries(store.state, new Date())),
];

interface Seen {
  readonly case_number: string;
  readonly version: number;
  readonly payment_request_id: string;
  readonly merged_into: string | null;
}

function casesSeen(running: Running): Promise<Seen[]> {
  return running.plain.query(
    'select case_number, version, payment_request_id, merged_into from cases order by case_number',
  );
}

const erpWords: Readonly<Record<string, string>> = {
  'In approval': 'in_approval',
  Held: 'held',
  Referred: 'referred',
  Rejected: 'rejected',
  Released: 'released',
};

async function decideSome(running: Running): Promise<void> {
  const { chance, erp } = running;
  const cases = await casesSeen(running);
  // Most of it about one request, so that decisions meet on their way.
  const about = chance.oneOf(['PR-1', 'PR-1', 'PR-1', 'PR-2', highRiskRequest]);
  const seen = chance.oneOf(cases.filter((one) => one.payment_request_id === about));
  const request = erp.queue
    .changedSince(null)
    .find((one) => one['Request No.'] === seen.payment_request_id);
  const action = chance.oneOf(actions);
  const isRelease = action === 'release';
  const input: DecisionInput = {
    decision_id: chance.uuid(),
    case_number: seen.case_number,
    // Sometimes the page shown was old.
    case_version: chance.with(0.1) ? seen.version - 1 : seen.version,
    verdict: isRelease ? 'expected' : 'error',
    reason_code: isRelease ? 'contract' : 'duplicate',
    action,
    note: '',
    expected_status: erpWords[request?.['Status'] ?? ''] ?? 'in_approval',
    expected_version: chance.with(0.1) ? 3 : Number(request?.['Version']),
  };
  const person = chance.oneOf(running.people);
  running.posted.push({ person, input });
  await post(running, person, input);
}

async function post(running: Running, person: Person, input: DecisionInput): Promise<void> {
  const result = await decide(running.store.state, person, input);
  if (result.outcome === 'decided')
    running.witness.decided.set(result.decision.decision_id, result.decision.action);
}

async function repeatSome(running: Running): Promise<void> {
  if (running.posted.length === 0) return;
  const { person, input } = running.chance.oneOf(running.posted);
  await post(running, person, input);
}

async function undoSome(running: Running): Promise<void> {
  const last = running.posted.at(-1 - running.chance.below(2));
  if (last === undefined) return;
  const { decision_id } = last.input;
  const result = await undo(running.store.state, last.person, decision_id);
  if (result.outcome === 'undone') running.witness.undone.add(decision_id);
}

function pending(running: Running): Promise<{ confirmation_id: string; asked_by: string }[]> {
  return running.plain.query(
    "select confirmation_id, asked_by from confirmation where state = 'pending'",
  );
}

async function answerSome(running: Running): Promise<void> {
  const { chance, store, people, erp } = running;
  for (const { confirmation_id } of await pending(running)) {
    const request = erp.queue
      .changedSince(null)
      .find((one) => one['Request No.'] === highRiskRequest);
    await answerDecision(store.state, chance.oneOf(people), {
      confirmation_id,
      answer: chance.with(0.8) ? 'confirm' : 'decline',
      note: '',
      expected_status: erpWords[request?.['Status'] ?? ''] ?? 'in_approval',
      expected_version: Number(request?.['Version']),
    });
  }
}

async function withdrawSome(running: Running): Promise<void> {
  const { store, people } = running;
  for (const { confirmation_id, asked_by } of await pending(running)) {
    const person = people.find((one) => one.user_id === asked_by);
    if (person) await withdrawDecision(store.state, person, confirmation_id);
  }
}

/** The refresh found more, the amount changed, or nothing is new. */
async function growStory(running: Running): Promise<void> {
  const { chance, stories, store } = running;
  const index = chance.below(stories.length);
  const old = stories[index];
  const [finding] = old?.findings ?? [];
  if (old === undefined || finding === undefined) return;
  const added = { ...finding, finding_key: chance.uuid() };
  stories[index] = chance.oneOf([
    old,
    { ...old, findings: [...old.findings, added] },
    { ...old, expected_loss: '5000.0000' },
    { ...old, amount: '1000.0100' },
  ]);
  await syncCases(store.state, stories, new Date().toISOString());
}

async function mergeSome(running: Running): Promise<void> {
  const { chance, store, people } = running;
  const cases = await casesSeen(running);
  const { case_number, version: case_version, merged_into } = chance.oneOf(cases);
  const person = chance.oneOf(people);
  if (merged_into !== null) await splitCase(store.state, person, { case_number, case_version });
  else {
    const into = chance.oneOf(cases).case_number;
    await mergeCase(store.state, person, { case_number, case_version, into });
  }
}

async function snoozeSome(running: Running): Promise<void> {
  const { chance, store, people } = running;
  const { case_number, version: case_version } = chance.oneOf(await casesSeen(running));
  const until = chance.with(0.5) ? new Date(Date.now() + 86_400_000).toISOString() : null;
  await snoozeCase(store.state, chance.oneOf(people), { case_number, case_version, until });
}

async function replaySome(running: Running): Promise<void> {
  const letters = await listDeadLetters(running.plain);
  if (letters.length === 0) return;
  const { decision_id } = running.chance.oneOf(letters);
  await replay(running.store.state, decision_id, running.people[0]?.user_id ?? '');
}

interface Job {
  readonly id: number;
  readonly decision_id: string;
}

/** The jobs that are due now, at most one of each queue, in any order: as free workers take them. */
async function workSome(running: Running): Promise<void> {
  const due = await running.plain.query<Job>(
    `select distinct on (j.job_queue_id) j.id, j.payload ->> 'decision_id' as decision_id
     from graphile_worker._private_jobs j where j.run_at <= $1 order by j.job_queue_id, j.run_at, j.id`,
    [new Date()],
  );
  while (due.length > 0) {
    const [job] = due.splice(running.chance.below(due.length), 1);
    if (job !== undefined) await work(running, job);
  }
}

/** Takes a job out and does it; one that fails comes back, as the queue of jobs does it. */
async function work(running: Running, job: Job): Promise<void> {
  const { store, erp, chance, plain } = running;
  await plain.query('delete from graphile_worker._private_jobs where id = $1', [job.id]);
  try {
    await deliver(store.state, job.decision_id, {
      send: erp.send,
      now: () => new Date(),
      random: chance.random,
    });
  } catch (cause) {
    if (!store.isDead) await requeueUnanswered({ ...store.state, ...plainState(plain) });
    throw cause;
  }
}

function plainState(plain: Queries): Pick<State, 'query' | 'transaction'> {
  return { query: plain.query, transaction: (work) => work(plain) };
}

/** No more faults: what the network holds arrives, and jobs run until none is left. */
async function settleAll(running: Running): Promise<void> {
  running.erp.arriveLate();
  for (let round = 0; round < settleRounds; round++) {
    const [next] = await running.plain.query<{ run_at: string | null }>(
      'select min(run_at) as run_at from graphile_worker._private_jobs',
    );
    if (next?.run_at == null) return;
    pass(Math.max(0, Date.parse(next.run_at) - Date.now()));
    await workSome(running);
  }
}

function pass(milliseconds: number): void {
  vi.setSystemTime(Date.now() + milliseconds);
}
