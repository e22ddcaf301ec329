/** What an approver did, read off an activity's name or action. */
export type DecisionKind = 'approved' | 'rejected' | 'edited';

const rejected = /\b(rejected|reject|declined|refused|returned|sent back|denied)\b/;
const approved = /\b(approved|approve|final approved|auto approved|released|agreed|confirmed)\b/;
const edited = /\b(edited|modified|amended|corrected|changed amount)\b/;

/** The decision an activity stands for, such as `Declaration REJECTED by SUPERVISOR`; null when it is none. */
export function decisionKind(activity: string): DecisionKind | null {
  const text = activity.toLowerCase().replaceAll(/[_\-.:]/g, ' ');
  if (rejected.test(text)) return 'rejected';
  if (approved.test(text)) return 'approved';
  return edited.test(text) ? 'edited' : null;
}

/** The role in a name such as `APPROVED by BUDGET OWNER`; null when it names none. */
export function roleInName(activity: string): string | null {
  return / by ([^,;()]+)$/i.exec(activity)?.[1]?.trim() ?? null;
}
