import type { Cookies } from '@sveltejs/kit';

interface Kept {
  readonly value: string;
  readonly [option: string]: unknown;
}

/** What a browser remembers between requests: its cookies. */
export class Browser {
  readonly #cookies = new Map<string, Kept>();
  readonly #address: string;

  constructor(address = '127.0.0.1') {
    this.#address = address;
  }

  cookie(name: string): Kept | undefined {
    return this.#cookies.get(name);
  }

  request(path = '/', init: RequestInit = {}): Request {
    const cookie = [...this.#cookies]
      .map(([name, { value }]) => `${name}=${encodeURIComponent(value)}`)
      .join('; ');
    return new Request(`http://127.0.0.1:4173${path}`, {
      ...init,
      headers: { ...(init.headers as Record<string, string> | undefined), cookie },
    });
  }

  /** The part of a SvelteKit event that sign-in uses. */
  event() {
    const cookies = {
      get: (name: string) => this.#cookies.get(name)?.value,
      getAll: () => [...this.#cookies].map(([name, { value }]) => ({ name, value })),
      set: (name: string, value: string, options: { maxAge?: number }) => {
        if (options.maxAge === 0) this.#cookies.delete(name);
        else this.#cookies.set(name, { value, ...options });
      },
    } as Cookies;
    return { cookies, request: this.request(), getClientAddress: () => this.#address };
  }
}
