import { betterAuth } from 'better-auth';
import { twoFactor } from 'better-auth/plugins/two-factor';
import { createHmac } from 'node:crypto';
import type pg from 'pg';

export const shortestPassword = 12;
/** A session ends this long after signing in, used or not. */
export const sessionSeconds = 8 * 60 * 60;

/** Settings of better-auth, also used to check that migrations made what it expects. */
export function authenticationOptions(options: {
  pool: pg.Pool;
  secret: string;
  url: string;
  origins: readonly string[];
}) {
  return {
    appName: 'Quittance',
    database: options.pool,
    baseURL: options.url,
    basePath: '/api/auth',
    secret: createHmac('sha256', options.secret).update('session secret').digest('hex'),
    trustedOrigins: [...options.origins],
    telemetry: { enabled: false },
    logger: { level: 'error' as const },
    emailAndPassword: {
      enabled: true,
      // People are made by `start` and by an administrator; nobody signs up.
      disableSignUp: true,
      minPasswordLength: shortestPassword,
      maxPasswordLength: 200,
    },
    session: { expiresIn: sessionSeconds, disableSessionRefresh: true },
    // Our own limits count per account and per address (lockout.ts), also behind a proxy.
    rateLimit: { enabled: false },
    advanced: {
      cookiePrefix: 'quittance',
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax' as const, path: '/' },
      useSecureCookies: options.url.startsWith('https:'),
      ipAddress: { disableIpTracking: true },
    },
    plugins: [twoFactor({ issuer: 'Quittance' })],
  };
}

/**
 * Passwords, sessions and TOTP by better-auth. Its HTTP routes are not mounted: sign-in goes
 * through our own actions (sign-in.ts), so nothing of it can be reached that is not used.
 */
export function openAuthentication(options: Parameters<typeof authenticationOptions>[0]) {
  return betterAuth(authenticationOptions(options));
}
export type Authentication = ReturnType<typeof openAuthentication>;
