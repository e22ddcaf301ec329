import type { EventColumns } from './event-columns.ts';
import { EventCollector } from './event-collector.ts';
import type { LogMapping } from './log-mapping.ts';
import { StampReader } from './stamp-reader.ts';

/** An object-centric log: events that touch several objects, each of a type. */
export interface ObjectEvents {
  /** Number of objects of each type. */
  readonly objectTypes: ReadonlyMap<string, number>;
  /** Type of an object; undefined for one that the log does not describe. */
  typeOf(object: string): string | undefined;
  readonly events: Iterable<ObjectEvent>;
}

/** One event and the objects it touches. */
export interface ObjectEvent {
  readonly activity: string | null;
  readonly time: string | null;
  readonly objects: readonly string[];
  readonly resource?: string | null;
}

/**
 * An object-centric log seen as the lives of the objects of one type.
 *
 * Definition  Every event becomes one event in the case of each object of the type that it touches;
 *             an event that touches none is counted as left out (no_case).
 * Errors      throws when no type is named (unless there is only one), or one the log does not have
 */
export function flattenObjects(log: ObjectEvents, mapping: LogMapping): EventColumns {
  const type = chosenType(log.objectTypes, mapping.object_type);
  const collector = new EventCollector();
  const stamps = new StampReader(mapping);
  const { texts } = collector;
  for (const { activity, time, objects, resource } of log.events) {
    const complete_ms = time === null ? Number.NaN : stamps.read(time);
    const cases = [...new Set(objects)].filter((object) => log.typeOf(object) === type);
    if (cases.length === 0) collector.leaveOut('no_case', activity ?? '');
    else if (activity === null || activity === '') collector.leaveOut('no_activity', time ?? '');
    else if (Number.isNaN(complete_ms))
      collector.leaveOut(time === null ? 'no_time' : 'unreadable_time', time ?? activity);
    else
      for (const object of cases)
        collector.add({
          case: texts.case.of(object),
          activity: texts.activity.of(activity),
          complete_ms,
          start_ms: Number.NaN,
          resource: texts.resource.of(resource),
          role: -1,
          life_cycle: -1,
          instance: -1,
        });
  }
  return stamps.settle(collector.finish('all'));
}

function chosenType(types: ReadonlyMap<string, number>, asked: string | undefined): string {
  const [only] = types.keys();
  if (only === undefined)
    throw new Error('expected objects in this object-centric log, found none');
  if (asked === undefined && types.size === 1) return only;
  if (asked !== undefined && types.has(asked)) return asked;
  const list = [...types].map(([name, count]) => `${name} (${count})`).join(', ');
  throw new Error(
    `${asked === undefined ? 'this log follows objects of several types' : `expected a type of object of this log, got "${asked}"`}; choose whose life is a case with --object-type, one of: ${list}`,
  );
}
