/**
 * kill -9 of the real server while people decide. A witness outside the process keeps what was
 * acknowledged; in the end nothing of it is lost and nothing took effect twice in the ERP.
 * QUITTANCE_KILL_ROUNDS=200 goes on for longer.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { readConfiguration } from '#ingest/configuration.ts';
import { verifyAudit } from '../../web/src/lib/server/state/audit.ts';
import { openState, type State } from '../../web/src/lib/server/state/database.ts';
import type { Entry } from '../../web/reference-erp/queue.ts';
import { freshDatabase } from '../web/server/fresh-state.ts';
import {
  demoFolder,
  ended,
  freePort,
  spawnServer,
  startLimit_ms,
  textUntil,
} from './running-product.ts';

const rounds = Number(process.env['QUITTANCE_KILL_ROUNDS'] ?? 5);
const peopleAtOnce = 4;
const shortestRound_ms = 200;
const longestRound_ms = 2_500;
const round_ms = 60_000;

/** A decision as posted, for as long as nobody has answered it. */
interface Posted {
  readonly case_number: string;
  readonly fields: Readonly<Record<string, string>>;
}

test(
  `nothing acknowledged is lost or done twice through ${rounds} kills`,
  async () => {
    const dataFolder = await mkdtemp(join(tmpdir(), 'quittance-kill-'));
    onTestFinished(() => rm(dataFolder, { recursive: true, force: true }));
    await demoFolder(dataFolder);
    const { url: databaseUrl, drop } = await freshDatabase();
    onTestFinished(drop);
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const launch = () => spawnServer({ dataFolder, databaseUrl, port });

    let server = launch();
    onTestFinished(() => ended(server));
    const said = await textUntil(server, /admin@quittance\.local\s+\S+\s/);
    const password = /risk@quittance\.local\s+(\S+)/.exec(said)?.[1] ?? '';
    const cookie = await signIn(url, password);
    const state = await openState(databaseUrl);
    onTestFinished(() => state.close());

    const seen = await requestsSeen(dataFolder);
    const acknowledged = new Map<string, string>();
    let unanswered: Posted[] = [];
    for (let round = 1; round <= rounds; round++) {
      const again = unanswered;
      unanswered = [];
      let isUp = true;
      const person = async (own: Posted[]): Promise<void> => {
        while (isUp) {
          const posted = own.shift() ?? (await nextDecision(state, seen));
          const answer = await post(url, cookie, posted);
          // Refused, because somebody was faster, is an answer as well.
          if (answer === null) unanswered.push(posted);
          else if (answer === 303)
            acknowledged.set(posted.fields['decision_id'] ?? '', posted.fields['action'] ?? '');
        }
      };
      const people = Array.from({ length: peopleAtOnce }, (_, index) =>
        person(again.filter((__, place) => place % peopleAtOnce === index)),
      );
      await delay(shortestRound_ms + Math.random() * (longestRound_ms - shortestRound_ms));
      server.kill('SIGKILL');
      isUp = false;
      await Promise.all(people);
      server = launch();
      await textUntil(server, /Quittance is ready/);
    }
    expect(acknowledged.size).toBeGreaterThan(rounds);

    const open = () =>
      state.query(
        `select 1 from outbox where answered_at is null and state not in ('accepted', 'refused', 'undone')`,
      );
    await expect.poll(open, { timeout: 10 * round_ms, interval: 1_000 }).toEqual([]);

    const stored = new Map(
      (
        await state.query<{ decision_id: string; action: string }>(
          'select decision_id, action from decision',
        )
      ).map((row) => [row.decision_id, row.action]),
    );
    const lost = [...acknowledged].filter(([id, action]) => stored.get(id) !== action);
    expect(lost).toEqual([]);

    const taken = await takenByErp(dataFolder);
    expect(new Set(taken).size).toBe(taken.length);
    expect(taken.filter((id) => !stored.has(id))).toEqual([]);
    const sent = await state.query<{ decision_id: string; state: string }>(
      'select decision_id, state from outbox',
    );
    const refusedYetTaken = sent.filter(
      (row) => row.state === 'refused' && taken.includes(row.decision_id),
    );
    expect(refusedYetTaken).toEqual([]);
    expect(sent.filter((row) => row.state === 'accepted').length).toBeGreaterThan(0);
    expect(await verifyAudit(state)).toMatchObject({ intact: true });
    console.log(
      `${rounds} kills: ${acknowledged.size} acknowledged, ${stored.size} stored, ${taken.length} in the ERP; 0 lost, 0 doubled`,
    );
  },
  startLimit_ms + (rounds + 15) * round_ms,
);

async function signIn(url: string, password: string): Promise<string> {
  const response = await fetch(`${url}/sign-in?/password`, {
    method: 'POST',
    headers: { origin: url, accept: 'text/html' },
    body: new URLSearchParams({ email: 'risk@quittance.local', password }),
    redirect: 'manual',
  });
  const cookies = response.headers.getSetCookie().map((one) => one.split(';', 1)[0]);
  expect(cookies.length).toBeGreaterThan(0);
  return cookies.join('; ');
}

/** The HTTP status; null when the server was gone before it answered. */
async function post(url: string, cookie: string, posted: Posted): Promise<number | null> {
  try {
    const response = await fetch(`${url}/triage/${posted.case_number}?/decide`, {
      method: 'POST',
      headers: { origin: url, cookie, accept: 'text/html' },
      body: new URLSearchParams(posted.fields),
      redirect: 'manual',
    });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return null;
  }
}

/** A request as the first extract showed it. */
interface Seen {
  readonly status: string;
  readonly version: string;
}

const statuses: Readonly<Record<string, string>> = {
  'In approval': 'in_approval',
  Approved: 'approved',
  Held: 'held',
  Referred: 'referred',
};

/** The requests the ERP's queue holds. */
async function requestsSeen(dataFolder: string): Promise<Map<string, Seen>> {
  const configuration = await readConfiguration(dataFolder);
  const token = (await readFile(join(dataFolder, 'reference-erp/token'), 'utf8')).trim();
  const response = await fetch(`${configuration?.reference_erp?.url ?? ''}/requests`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const { requests } = (await response.json()) as { requests: Record<string, string>[] };
  return new Map(
    requests.map((row) => [
      row['Request No.'] ?? '',
      { status: statuses[row['Status'] ?? ''] ?? '', version: row['Version'] ?? '' },
    ]),
  );
}

/** Holds or refers some payment, as a person who sees the case as it is now. */
async function nextDecision(state: State, seen: ReadonlyMap<string, Seen>): Promise<Posted> {
  const [found] = await state.query<{
    case_number: string;
    version: number;
    payment_request_id: string;
  }>(
    `select case_number, version, payment_request_id from cases
     where source = 'erp' and payment_request_id = any($1) order by random() limit 1`,
    [[...seen.keys()]],
  );
  const request = seen.get(found?.payment_request_id ?? '');
  const isHold = Math.random() < 0.5;
  return {
    case_number: found?.case_number ?? '',
    fields: {
      decision_id: randomUUID(),
      case_version: String(found?.version ?? 0),
      expected_status: request?.status ?? '',
      expected_version: request?.version ?? '',
      verdict: 'unsure',
      reason_code: 'needs_information',
      action: isHold ? 'hold' : 'refer',
      note: '',
    },
  };
}

/** Ids of the decisions that changed a request, in the ERP's own log. */
async function takenByErp(dataFolder: string): Promise<string[]> {
  const text = await readFile(join(dataFolder, 'reference-erp/decisions.jsonl'), 'utf8');
  return text
    .split('\n')
    .slice(1, -1)
    .map((line) => JSON.parse(line) as Entry)
    .filter(({ answer }) => answer.http === 200)
    .map(({ order }) => order.decision_id);
}
