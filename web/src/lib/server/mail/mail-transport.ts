import { createTransport } from 'nodemailer';
import * as v from 'valibot';

/** One mail, ready to leave. */
export interface Mail {
  readonly to: { readonly name: string; readonly address: string };
  readonly subject: string;
  readonly html: string;
  readonly plain: string;
  readonly messageId: string;
  readonly image?: { readonly cid: string; readonly png: Buffer };
  readonly unsubscribeUrl?: string;
}

/**
 * What became of a mail. `refused`: certainly not delivered, may be tried again. `unknown`: the
 * server had the whole mail and did not answer, so that it may have been delivered.
 */
export type MailResult =
  | { readonly outcome: 'sent' }
  | { readonly outcome: 'refused'; readonly why: string }
  | { readonly outcome: 'unknown'; readonly why: string };

export interface MailTransport {
  send(mail: Mail): Promise<MailResult>;
}

/** Plain addresses only: anything that a mail server could read as a second recipient is refused. */
export const mailAddress = v.pipe(
  v.string(),
  v.maxLength(254),
  v.regex(
    /^[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*$/,
    'expected a plain address such as name@example.com',
  ),
);

const settingsSchema = v.object({
  url: v.pipe(v.string(), v.regex(/^smtps?:\/\//, 'expected smtp://… or smtps://…')),
  from: mailAddress,
});

/**
 * The transport of QUITTANCE_SMTP_URL (smtp://user:password@host:587) and QUITTANCE_MAIL_FROM;
 * null when no server is configured.
 *
 * Errors  throws when one of the two is missing or malformed, naming it
 */
export function configuredTransport(
  environment: Readonly<Record<string, string | undefined>>,
): MailTransport | null {
  const url = environment['QUITTANCE_SMTP_URL'];
  const from = environment['QUITTANCE_MAIL_FROM'];
  if (url === undefined && from === undefined) return null;
  const parsed = v.safeParse(settingsSchema, { url, from });
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const name = issue.path?.[0]?.key === 'from' ? 'QUITTANCE_MAIL_FROM' : 'QUITTANCE_SMTP_URL';
    throw new Error(`${name}: ${issue.message}; set both or neither`);
  }
  return smtpTransport(parsed.output.url, parsed.output.from);
}

/** Sends by SMTP. Content comes from the mail alone: no file or address is ever read for it. */
export function smtpTransport(url: string, from: string): MailTransport {
  const transport = createTransport({
    url,
    disableFileAccess: true,
    disableUrlAccess: true,
    connectionTimeout: 20_000,
    socketTimeout: 60_000,
  });
  return {
    async send(mail) {
      const address = v.safeParse(mailAddress, mail.to.address);
      if (!address.success)
        return { outcome: 'refused', why: `recipient: ${address.issues[0].message}` };
      try {
        await transport.sendMail({
          from: { name: 'Quittance', address: from },
          to: { name: mail.to.name.replace(/[\p{Cc}<>"]/gu, ' '), address: address.output },
          subject: mail.subject,
          text: mail.plain,
          html: mail.html,
          messageId: mail.messageId,
          headers: {
            'Auto-Submitted': 'auto-generated',
            ...(mail.unsubscribeUrl === undefined
              ? {}
              : { 'List-Unsubscribe': `<${mail.unsubscribeUrl}>` }),
          },
          attachments:
            mail.image === undefined
              ? []
              : [
                  {
                    filename: 'flags.png',
                    content: mail.image.png,
                    cid: mail.image.cid,
                    contentType: 'image/png',
                  },
                ],
        });
        return { outcome: 'sent' };
      } catch (cause) {
        return resultOf(cause);
      }
    },
  };
}

/**
 * An answer of the server, or a failure before it could have the content, means that nothing was
 * delivered. A connection that broke or fell silent may have broken after the content.
 */
function resultOf(cause: unknown): MailResult {
  const error = cause as Partial<
    Record<'code' | 'message' | 'syscall' | 'timeoutType', string> & { responseCode: number }
  >;
  const why = error.message ?? String(cause);
  const answered = error.responseCode !== undefined;
  const neverConnected =
    error.syscall === 'connect' ||
    (error.timeoutType !== undefined && error.timeoutType !== 'SOCKET_TIMEOUT');
  const refused = answered || neverConnected || certainlyNotSent.has(error.code ?? '');
  return { outcome: refused ? 'refused' : 'unknown', why };
}

const certainlyNotSent = new Set([
  'EDNS',
  'EAUTH',
  'ENOAUTH',
  'ETLS',
  'EENVELOPE',
  'ECONFIG',
  'EMAXLIMIT',
]);
