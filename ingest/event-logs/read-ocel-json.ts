import * as v from 'valibot';
import type { EventColumns } from './event-columns.ts';
import { flattenObjects, type ObjectEvent } from './flatten.ts';
import type { LogMapping } from './log-mapping.ts';

const attributeList = v.optional(v.array(v.looseObject({ name: v.string(), value: v.unknown() })));

/** OCEL 2.0 (Berti et al., "OCEL 2.0 Specification", 2023), JSON form: what flattening needs. */
const version2 = v.looseObject({
  objects: v.array(v.looseObject({ id: v.string(), type: v.string() })),
  events: v.array(
    v.looseObject({
      type: v.string(),
      time: v.string(),
      attributes: attributeList,
      relationships: v.optional(v.array(v.looseObject({ objectId: v.string() }))),
    }),
  ),
});

/** OCEL 1.0 (.jsonocel). */
const version1 = v.looseObject({
  'ocel:objects': v.record(v.string(), v.looseObject({ 'ocel:type': v.string() })),
  'ocel:events': v.record(
    v.string(),
    v.looseObject({
      'ocel:activity': v.string(),
      'ocel:timestamp': v.string(),
      'ocel:omap': v.array(v.string()),
      'ocel:vmap': v.optional(v.record(v.string(), v.unknown())),
    }),
  ),
});

/**
 * Reads an object-centric log in JSON, OCEL 2.0 or 1.0, flattened by one type of object.
 *
 * Errors  throws for text that is not JSON, for JSON that is neither, and as `flattenObjects`
 */
export function readOcelJson(text: string, mapping: LogMapping): EventColumns {
  const json = parsed(text);
  const second = v.safeParse(version2, json);
  if (second.success) {
    const types = new Map(second.output.objects.map(({ id, type }) => [id, type]));
    const events = second.output.events.map((event): ObjectEvent => ({
      activity: event.type,
      time: event.time,
      objects: (event.relationships ?? []).map(({ objectId }) => objectId),
      resource: textOrNull(
        event.attributes?.find(({ name }) => /^(org:)?resource$/i.test(name))?.value,
      ),
    }));
    return flattenObjects(objectEvents(types, events), mapping);
  }
  const first = v.safeParse(version1, json);
  if (first.success) {
    const types = new Map(
      Object.entries(first.output['ocel:objects']).map(([id, one]) => [id, one['ocel:type']]),
    );
    const events = Object.values(first.output['ocel:events']).map((event): ObjectEvent => ({
      activity: event['ocel:activity'],
      time: event['ocel:timestamp'],
      objects: event['ocel:omap'],
      resource: textOrNull(event['ocel:vmap']?.['resource']),
    }));
    return flattenObjects(objectEvents(types, events), mapping);
  }
  const isFirst = typeof json === 'object' && json !== null && 'ocel:events' in json;
  const issues = isFirst ? first.issues : second.issues;
  const [issue] = issues;
  throw new Error(
    `expected an object-centric log (OCEL 2.0 or 1.0) in JSON: ${issue.message} at ${v.getDotPath(issue) ?? 'the top'}; export it as OCEL`,
  );
}

function objectEvents(types: ReadonlyMap<string, string>, events: readonly ObjectEvent[]) {
  const objectTypes = new Map<string, number>();
  for (const type of types.values()) objectTypes.set(type, (objectTypes.get(type) ?? 0) + 1);
  return { objectTypes, typeOf: (object: string) => types.get(object), events };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(
      `expected an object-centric log in JSON, got text that does not parse (${cause instanceof Error ? cause.message : String(cause)}); the file may be cut off: get it again`,
      { cause },
    );
  }
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
