import { json } from '@sveltejs/kit';
import { description } from '#lib/server/scoring/description.ts';
import type { RequestHandler } from './$types';

export const GET: RequestHandler = () => json(description);
