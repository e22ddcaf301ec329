import * as v from 'valibot';
import type { Application } from '../application.ts';
import { noteHead } from '../audit-heads.ts';
import { forgetOldFailures } from '../auth/lockout.ts';
import { configuredTransport } from '../mail/mail-transport.ts';
import { requestNow } from '../reads/request-now.ts';
import { currentProfiles } from '../scoring/current-profiles.ts';
import { readSecret } from '../secret.ts';
import { hasTokens } from '../state/machine-tokens.ts';
import { applyRules } from './apply-rules.ts';
import { applyStanding } from './apply-standing.ts';
import { calibrate } from './calibrate.ts';
import { deliver } from './deliver.ts';
import { keepRules } from './keep-rules.ts';
import { mailDigests } from './mail-digests.ts';
import { bringCasesUp, pull, pullSoon } from './pull.ts';
import { reconcileDeliveries } from './reconcile-deliveries.ts';
import { remindConfirmations } from './remind-confirmations.ts';
import { sendThrough } from './send.ts';
import { queueWebhooks, sendWebhooks } from './send-webhooks.ts';
import { verifyAuditLog } from './verify-audit.ts';
import { watchDeliveries } from './watch-deliveries.ts';

/** One kind of job. */
export interface Task {
  readonly name: string;
  /** Crontab pattern in UTC; without it the task runs when something queues it. */
  readonly cron?: string;
  /** How far back a run missed while Quittance was off is made up for. */
  readonly backfillSeconds?: number;
  readonly attempts?: number;
  run(application: Application, payload: unknown): Promise<void>;
}

const deliverPayload = v.object({ decision_id: v.string() });

/** Every job there is. A new one is a line here. */
export const tasks: readonly Task[] = [
  {
    name: 'deliver',
    run: async (application, payload) => {
      await deliver(application.state, v.parse(deliverPayload, payload).decision_id, {
        send: sendThrough(application.configuration),
        now: () => new Date(),
        random: Math.random,
      });
      await pullSoon(application.state);
    },
  },
  {
    name: 'watch_deliveries',
    cron: '* * * * *',
    run: async (application) => {
      for (const number of await watchDeliveries(application.state, new Date()))
        console.error(`${number}: the hold has not reached the ERP for 15 minutes; stop it there`);
    },
  },
  {
    name: 'reconcile_deliveries',
    cron: '*/10 * * * *',
    run: async (application) => {
      const drifts = await reconcileDeliveries(application.state, application.warehouse);
      for (const drift of drifts)
        console.error(
          `${drift.case_number}: decided ${drift.action}, but payment ${drift.payment_request_id} is ${drift.found_status} in the ERP`,
        );
    },
  },
  { name: 'apply_rules', run: (application) => applyRules(application) },
  { name: 'pull', cron: '* * * * *', run: (application) => pull(application) },
  {
    name: 'rebuild',
    run: async (application) => {
      await keepRules(application);
      await application.warehouse.rebuild();
      await bringCasesUp(application);
    },
  },
  {
    name: 'remind_confirmations',
    cron: '*/5 * * * *',
    run: async ({ state, warehouse, url, authentication }) => {
      const { secret } = await authentication.$context;
      const transport = configuredTransport(process.env);
      const now = new Date().toISOString();
      await remindConfirmations({ state, warehouse, url, secret, transport, now });
    },
  },
  {
    name: 'apply_standing',
    cron: '*/2 * * * *',
    run: async ({ state, warehouse, dataFolder }) => {
      await applyStanding(state, {
        secret: await readSecret(dataFolder),
        requestOf: (key) => requestNow(warehouse, key),
        report: (caseNumber, cause) => {
          console.error(`Standing decisions: ${caseNumber} stays as it is:`, cause);
        },
      });
    },
  },
  {
    name: 'send_webhooks',
    cron: '* * * * *',
    run: async ({ state, dataFolder }) => {
      await queueWebhooks(state);
      await sendWebhooks(state, {
        dataSecret: await readSecret(dataFolder),
        now: () => new Date(),
        random: Math.random,
      });
    },
  },
  {
    name: 'calibrate',
    cron: '50 2 * * *',
    backfillSeconds: 24 * 60 * 60,
    run: async (application) => {
      const { state, warehouse } = application;
      if (await calibrate(state, warehouse, new Date().toISOString()))
        await bringCasesUp(application, { isChanged: true });
    },
  },
  { name: 'mail_digests', cron: '*/5 * * * *', run: mailDigests },
  {
    name: 'verify_audit',
    cron: '20 3 * * *',
    backfillSeconds: 24 * 60 * 60,
    run: async (application) => {
      const { first_break } = await verifyAuditLog(application);
      if (first_break !== null) {
        console.error(`The audit log was tampered with: row ${first_break.id}: ${first_break.why}`);
      }
    },
  },
  {
    name: 'note_audit_head',
    cron: '5 * * * *',
    run: async ({ state, dataFolder }) => {
      await noteHead(state, dataFolder);
    },
  },
  {
    name: 'read_profiles',
    cron: '* * * * *',
    run: async (application) => {
      if (await hasTokens(application.state)) await currentProfiles(application);
    },
  },
  {
    name: 'forget_old_failures',
    cron: '40 3 * * *',
    run: (application) => forgetOldFailures(application.state),
  },
];
