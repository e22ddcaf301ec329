import { readProfiles } from '#analytics/scoring/read-profiles.ts';
import type { Profiles } from '#analytics/scoring/profiles.ts';
import { questions } from '#analytics/scoring/score-payment.ts';
import { readLiveRules } from '#analytics/rules/live-rules.ts';
import type { Application } from '../application.ts';
import type { Warehouse } from '#analytics/warehouse.ts';

interface Holder {
  warehouse: Warehouse;
  dataFolder: string;
  profiles: Profiles | undefined;
  reading: Promise<Profiles> | undefined;
}

/** One per process, though the start command and the web bundle each carry this file. */
const key = Symbol.for('quittance.scoring');
const place = globalThis as { [key]?: Holder | undefined };

/**
 * The profiles of the published warehouse. After a refresh the old ones answer until the new ones are
 * read (the answer names its generation); the first caller waits.
 *
 * Errors  throws what reading throws while there are none yet
 */
export async function currentProfiles({
  warehouse,
  dataFolder,
}: Pick<Application, 'warehouse' | 'dataFolder'>): Promise<Profiles> {
  if (place[key]?.warehouse !== warehouse)
    place[key] = { warehouse, dataFolder, profiles: undefined, reading: undefined };
  const holder = place[key];
  if (holder.profiles?.generation === warehouse.generation) return holder.profiles;
  holder.reading ??= read(holder).finally(() => {
    holder.reading = undefined;
  });
  if (holder.profiles === undefined) return holder.reading;
  holder.reading.catch((cause: unknown) => {
    console.error('Profiles for scoring stay as they were:', cause);
  });
  return holder.profiles;
}

async function read(holder: Holder): Promise<Profiles> {
  const { warehouse } = holder;
  const { generation, asOf } = warehouse;
  const profiles = await readProfiles(warehouse, {
    generation,
    as_of: asOf,
    asked: questions.map(({ detector }) => detector),
    rules: await readLiveRules(holder.dataFolder),
  });
  // A refresh in the middle would have mixed two worlds.
  if (warehouse.generation !== generation) return read(holder);
  holder.profiles = profiles;
  return profiles;
}
