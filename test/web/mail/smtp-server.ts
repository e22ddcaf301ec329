import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

/** A mail as the server got it: envelope and content. */
export interface ReceivedMail {
  readonly recipients: readonly string[];
  readonly parsed: ParsedMail;
}

/** A real SMTP server on loopback. `answer` says what happens after the content has arrived. */
export async function startSmtpServer(
  answer: (mail: ReceivedMail) => 'accept' | 'refuse' | 'silence' = () => 'accept',
  options: SMTPServerOptions = {},
): Promise<{ url: string; received: ReceivedMail[]; stop(): Promise<void> }> {
  const received: ReceivedMail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    logger: false,
    ...options,
    async onData(stream, session, done) {
      const parsed = await simpleParser(stream);
      const mail = { recipients: session.envelope.rcptTo.map((to) => to.address), parsed };
      const what = answer(mail);
      if (what === 'refuse') {
        done(Object.assign(new Error('mailbox busy, try later'), { responseCode: 451 }));
        return;
      }
      received.push(mail);
      if (what === 'accept') done();
      else server.connections.forEach((connection) => connection.close());
    },
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const address = server.server.address();
  if (address === null || typeof address === 'string') throw new Error('smtp server: no port');
  return {
    url: `smtp://127.0.0.1:${address.port}`,
    received,
    stop: () => new Promise((stopped) => server.close(stopped)),
  };
}
