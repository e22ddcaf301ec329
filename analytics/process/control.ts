/** Whether the organisation can hasten an activity: its own work, somebody else's, or a date that was planned. */
export type ActivityControl = 'own' | 'external' | 'planned';

const externalWords =
  /\b(vendor|supplier|customer|client|carrier|bank) (creates?|sends?|issues?|delivers?|confirms?|replies|returns)\b/i;
const plannedWords = /\b((start|end|begin) (of )?trip|due date|planned|scheduled (start|end))\b/i;

/**
 * Who controls when an activity happens. A wait before what is external or planned is not waiting
 * for the organisation and never ranks as a bottleneck.
 *
 * Definition  what was declared for the activity; else by its name: a vendor's, customer's or bank's
 *             own act is external, trips and due dates are planned, everything else is own work
 */
export function activityControl(
  activity: string,
  declared: Readonly<Record<string, ActivityControl>> = {},
): ActivityControl {
  const known = Object.hasOwn(declared, activity) ? declared[activity] : undefined;
  if (known !== undefined) return known;
  if (plannedWords.test(activity)) return 'planned';
  return externalWords.test(activity) ? 'external' : 'own';
}
