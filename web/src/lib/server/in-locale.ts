import { AsyncLocalStorage } from 'node:async_hooks';
import {
  getServerAsyncLocalStorage,
  overwriteServerAsyncLocalStorage,
  type Locale,
} from '#lib/paraglide/runtime.js';

/** Runs work outside a request (jobs, mails) with messages and formats in one language. */
export function inLocale<Result>(locale: Locale, work: () => Result): Result {
  let storage = getServerAsyncLocalStorage();
  if (storage === undefined) {
    storage = new AsyncLocalStorage();
    overwriteServerAsyncLocalStorage(storage);
  }
  return storage.run(
    { locale, origin: 'http://localhost', messageCalls: new Set() },
    work,
  ) as Result;
}
