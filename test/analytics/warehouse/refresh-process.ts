import { readModels } from '#analytics/models.ts';
import { openPlain } from './landed.ts';

/** A process of its own that opens the warehouse of the folder it is given and refreshes it. */
const models = readModels().filter(({ name }) => !name.startsWith('kpi_'));
const warehouse = await openPlain(process.argv[2] ?? '', { models, checks: [] });
console.log('refreshing');
await warehouse.refresh();
await warehouse.close();
