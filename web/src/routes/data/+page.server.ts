import { readData } from '#lib/server/reads/data.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ depends }) => {
  depends('live:warehouse');
  return readData();
};
