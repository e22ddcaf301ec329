import type { Person } from '#lib/server/auth/person.ts';

declare global {
  namespace App {
    interface Locals {
      /** Who is signed in; null on the sign-in page only, every other route is refused before. */
      person: Person | null;
    }
    interface Error {
      /** Shown to people with support in mind; details stay in the server's log. */
      reference?: string;
    }
  }
}
