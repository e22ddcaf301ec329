import { answerRequest } from '#lib/server/scoring/answer-request.ts';
import type { RequestHandler } from './$types';

/** Release, review or hold one payment before it leaves. */
export const POST: RequestHandler = ({ request, getClientAddress }) =>
  answerRequest(request, getClientAddress());
