import { readDictionary } from '#lib/server/reads/data.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async () => ({ records: await readDictionary() });
