import { createHash } from 'node:crypto';
import { scorePayment } from '#analytics/scoring/score-payment.ts';
import { application, type Application } from '../application.ts';
import { readSecret } from '../secret.ts';
import type { State } from '../state/database.ts';
import { AnswerLog, AnswerLogFullError } from './answer-log.ts';
import { answerText } from './answer-text.ts';
import { currentProfiles } from './current-profiles.ts';
import { checkToken } from './known-tokens.ts';
import { paymentOf } from './payment-of.ts';
import { problem } from './problem.ts';
import { readScoreBody } from './score-body.ts';

/** Largest body, in bytes. */
export const bodyLimit = 16_384;
/** A request may lie this far in the future: clocks differ. */
const clockSkewMs = 5 * 60_000;

/** Answers one question about a payment; whatever goes wrong, the answer does not release it. */
export async function answerRequest(request: Request, address: string): Promise<Response> {
  const started = Date.now();
  try {
    const running = application();
    const checked = await checkToken(running.state, {
      authorization: request.headers.get('authorization'),
      address,
      now: started,
    });
    if ('refused' in checked)
      return checked.refused === 'wrong'
        ? problem(
            401,
            'Unauthorized',
            'The token is missing, wrong or revoked: Authorization: Bearer qt_…',
            {
              headers: { 'www-authenticate': 'Bearer realm="quittance"' },
            },
          )
        : problem(429, 'Too Many Requests', 'Too many wrong tokens came from this address.', {
            headers: { 'retry-after': String(checked.seconds) },
          });
    const isStored = new URL(request.url).searchParams.get('store') !== 'no';
    const key = request.headers.get('idempotency-key');
    if (isStored && (key === null || !/^[\x21-\x7e]{1,200}$/.test(key)))
      return problem(
        400,
        'Bad Request',
        'Expected a header Idempotency-Key of 1 to 200 visible characters, the same for every try of one request.',
      );
    const text = await readLimited(request);
    if (text === null)
      return problem(413, 'Content Too Large', `The body may have ${bodyLimit} bytes at most.`);
    return await answer(running, {
      text,
      token: checked.token,
      key: isStored ? (key ?? '') : null,
      started,
    });
  } catch (cause) {
    if (!(cause instanceof AnswerLogFullError)) console.error('POST /api/v1/score:', cause);
    return problem(
      503,
      'Service Unavailable',
      'The payment could not be scored now; let a person look at it, or try again with the same Idempotency-Key.',
      {
        headers: { 'retry-after': '5' },
      },
    );
  }
}

async function answer(
  running: Application,
  of: {
    text: string;
    token: { token_id: string; company_keys: readonly string[] | null };
    /** Null: answer and do not store. */
    key: string | null;
    started: number;
  },
): Promise<Response> {
  const body = readScoreBody(of.text);
  if (!('vendor_id' in body))
    return problem(422, 'Unprocessable Content', 'Some fields cannot be taken; see errors.', {
      errors: body,
    });
  const profiles = await currentProfiles(running);
  const payment = paymentOf(body, {
    profiles,
    accountSecret: await secretOf(running),
    received_at: of.started,
  });
  const mayAsk = of.token.company_keys?.includes(payment.company_key) ?? true;
  if (!mayAsk)
    return problem(403, 'Forbidden', `This token is not for company ${body.company_id}.`);
  if (!profiles.company_keys.has(payment.company_key))
    return problem(422, 'Unprocessable Content', 'Some fields cannot be taken; see errors.', {
      errors: [
        {
          field: 'company_id',
          problem: `no company ${body.company_id} in source ${body.source ?? profiles.source}`,
        },
      ],
    });
  if (payment.requested_at > of.started + clockSkewMs)
    return problem(422, 'Unprocessable Content', 'Some fields cannot be taken; see errors.', {
      errors: [{ field: 'requested_at', problem: 'lies in the future' }],
    });
  const score = scorePayment(payment, profiles);
  const answered = answerText(score, {
    payment,
    profiles,
    answered_at: new Date(of.started).toISOString(),
    stored: of.key !== null,
  });
  if (of.key === null) return answerResponse(answered, false);
  const body_hash = createHash('sha256').update(of.text).digest('hex');
  const stored = await logOf(running.state).store({
    token_id: of.token.token_id,
    idempotency_key: of.key,
    body_hash,
    payment_request_key: payment.payment_request_key,
    company_key: payment.company_key,
    suggestion: score.suggestion,
    answer: answered,
  });
  if (stored.body_hash !== body_hash)
    return problem(
      409,
      'Conflict',
      'This Idempotency-Key was used for another body; take a new key for a new question.',
    );
  return answerResponse(stored.answer, stored.repeated);
}

function answerResponse(text: string, isRepeated: boolean): Response {
  return new Response(text, {
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      ...(isRepeated ? { 'idempotent-replayed': 'true' } : {}),
    },
  });
}

/** The body as text; null when it is larger than allowed. */
async function readLimited(request: Request): Promise<string | null> {
  if (Number(request.headers.get('content-length') ?? 0) > bodyLimit) return null;
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of request.body ?? []) {
    bytes += piece.byteLength;
    if (bytes > bodyLimit) return null;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

const logs = new WeakMap<State, AnswerLog>();

function logOf(state: State): AnswerLog {
  const log = logs.get(state) ?? new AnswerLog(state);
  logs.set(state, log);
  return log;
}

const secrets = new Map<string, Promise<string>>();

function secretOf({ dataFolder }: Application): Promise<string> {
  const secret = secrets.get(dataFolder) ?? readSecret(dataFolder);
  secrets.set(dataFolder, secret);
  return secret;
}
