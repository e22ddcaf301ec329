import type { LifeCycle } from './life-cycle.ts';
import type { DateOrder } from './time-stamp.ts';

/** Which columns (or XES attributes) of a log mean what; what is left out is guessed from common headings. */
export interface LogMapping {
  readonly case?: string;
  readonly activity?: string;
  /** Completion of the event. */
  readonly timestamp?: string;
  readonly start?: string;
  readonly resource?: string;
  readonly role?: string;
  readonly lifecycle?: string;
  readonly life_cycle?: LifeCycle;
  /** Further columns to bring along as attributes of the case. */
  readonly attributes?: readonly string[];
  /** What 03/04/2018 means, where the log itself does not show it. */
  readonly date_order?: DateOrder;
  /** Offset in minutes east of UTC of times that name no zone. Default: 0. */
  readonly zone_offset_minutes?: number;
  /** Object-centric logs: the type of object whose life is a case. */
  readonly object_type?: string;
}

/** What columns of a log can mean. */
export const logRoles = [
  'case',
  'activity',
  'timestamp',
  'start',
  'resource',
  'role',
  'lifecycle',
] as const;
export type LogRole = (typeof logRoles)[number];

/** Headings seen in the wild, letters and digits only, most telling first. */
const headings: Readonly<Record<LogRole, readonly string[]>> = {
  case: [
    'caseconceptname',
    'caseid',
    'casekey',
    'caseno',
    'casenumber',
    'caseidentifier',
    'traceid',
    'tracename',
    'case',
    'trace',
    'processinstanceid',
    'processinstance',
    'instanceid',
    'documentid',
    'requestid',
    'orderid',
    'invoiceid',
    'ticketid',
    'casename',
    '案例编号',
    '案例',
    '流程实例',
  ],
  activity: [
    'conceptname',
    'activity',
    'activityname',
    'activityid',
    'activityen',
    'eventname',
    'task',
    'taskname',
    'step',
    'stepname',
    'action',
    'operation',
    'event',
    'eventtype',
    'activitylabel',
    '活动',
    '步骤',
  ],
  timestamp: [
    'timetimestamp',
    'completetimestamp',
    'endtimestamp',
    'timestamp',
    'completiontimestamp',
    'completetime',
    'completiontime',
    'completedat',
    'endtime',
    'endedat',
    'enddate',
    'finishtime',
    'eventtime',
    'eventtimestamp',
    'occurredat',
    'time',
    'datetime',
    'eventdate',
    'date',
    'timestamputc',
    'createdat',
    '时间',
    '时间戳',
    '完成时间',
  ],
  start: [
    'starttimestamp',
    'timestart',
    'starttime',
    'startedat',
    'startdate',
    'begintime',
    '开始时间',
  ],
  resource: [
    'orgresource',
    'resource',
    'resourcename',
    'user',
    'username',
    'userid',
    'performer',
    'actor',
    'originator',
    'employee',
    'agent',
    '资源',
    '执行人',
    '用户',
  ],
  role: ['orgrole', 'role', 'rolename', 'userrole', '角色'],
  lifecycle: ['lifecycletransition', 'lifecycle', 'transition', 'lifecyclestatus'],
};

/** What an error advises for a column that cannot be guessed. */
const options: Readonly<Record<'case' | 'activity' | 'timestamp', string>> = {
  case: '--case',
  activity: '--activity',
  timestamp: '--timestamp',
};

/**
 * Which column of a table plays which role: as told, else by its heading.
 *
 * Errors  throws for a told column that is not there, and when case, activity or time cannot be found
 */
export function columnsByRole(
  columns: readonly string[],
  mapping: LogMapping,
): Readonly<Partial<Record<LogRole, string>>> &
  Readonly<Record<'case' | 'activity' | 'timestamp', string>> {
  const roles: Partial<Record<LogRole, string>> = {};
  for (const role of logRoles) {
    const told = mapping[role];
    if (told !== undefined) roles[role] = toldColumn(columns, told, role);
  }
  const taken = new Set(Object.values(roles));
  const plain = columns.map((column) => ({ column, heading: plainHeading(column) }));
  for (const role of logRoles) {
    if (roles[role] !== undefined) continue;
    const found = headings[role]
      .map((heading) => plain.find((one) => one.heading === heading && !taken.has(one.column)))
      .find((one) => one !== undefined);
    if (found === undefined) continue;
    roles[role] = found.column;
    taken.add(found.column);
  }
  if (roles.timestamp === undefined && roles.start !== undefined) {
    roles.timestamp = roles.start;
    delete roles.start;
  }
  const { case: caseColumn, activity, timestamp } = roles;
  if (caseColumn === undefined) throw missing('case', columns);
  if (activity === undefined) throw missing('activity', columns);
  if (timestamp === undefined) throw missing('timestamp', columns);
  return { ...roles, case: caseColumn, activity, timestamp };
}

function toldColumn(columns: readonly string[], told: string, role: LogRole): string {
  const exact = columns.find((column) => column === told);
  const found = exact ?? columns.find((column) => plainHeading(column) === plainHeading(told));
  if (found !== undefined) return found;
  throw new Error(
    `expected a column "${told}" for the ${role}, but the log has: ${shown(columns)}; name one of these`,
  );
}

function missing(role: 'case' | 'activity' | 'timestamp', columns: readonly string[]): Error {
  const meaning = { case: 'the case', activity: 'the activity', timestamp: 'the time' }[role];
  return new Error(
    `expected a column that names ${meaning} (such as "${{ case: 'case_id', activity: 'activity', timestamp: 'timestamp' }[role]}"), got: ${shown(columns)}; say which with ${options[role]} COLUMN`,
  );
}

function shown(columns: readonly string[]): string {
  const first = columns.slice(0, 40).map((column) => `"${column.slice(0, 60)}"`);
  return first.join(', ') + (columns.length > 40 ? ` and ${columns.length - 40} more` : '');
}

function plainHeading(column: string): string {
  return column.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}
