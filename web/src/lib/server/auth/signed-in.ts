import { error } from '@sveltejs/kit';
import type { Person } from './person.ts';

/** The signed-in person of a load or action; the hook has already refused everybody else. */
export function signedIn(locals: App.Locals): Person {
  if (locals.person === null) error(401, 'Sign in first.');
  return locals.person;
}
