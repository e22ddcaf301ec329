import type { FilesMapping } from './mapping.ts';
import { councilSpending } from './mappings/council-spending.ts';
import { demoCompany } from './mappings/demo-company.ts';
import { eventLog } from './mappings/event-log.ts';

type Parameters = Readonly<Record<string, string>>;

/** Mappings that come with the product; some ask for parameters. */
const mappings: Readonly<Record<string, (parameters: Parameters) => FilesMapping>> = {
  'council-spending': councilSpending,
  'demo-company': demoCompany,
  'event-log': eventLog,
};

/**
 * The built-in mapping of a name.
 *
 * Errors  throws with the names there are, or naming the parameter that is missing.
 */
export function builtInMapping(name: string, parameters: Parameters): FilesMapping {
  const mapping = mappings[name];
  if (mapping) return mapping(parameters);
  throw new Error(
    `Mapping "${name}" is not known. Use ${Object.keys(mappings).join(', ')}, or the path of a JSON file.`,
  );
}
