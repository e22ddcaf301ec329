import { afterEach, expect, test } from 'vitest';
import { configuredTransport, smtpTransport, type Mail } from '#lib/server/mail/mail-transport.ts';
import { startSmtpServer, type ReceivedMail } from './smtp-server.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

async function server(answer?: (mail: ReceivedMail) => 'accept' | 'refuse' | 'silence') {
  const started = await startSmtpServer(answer);
  stops.push(started.stop);
  return { ...started, transport: smtpTransport(started.url, 'digest@quittance.example') };
}

const mail: Mail = {
  to: { name: 'Ingrid Vogel', address: 'ingrid@example.com' },
  subject: '41 flagged',
  html: '<p>Hello</p><img src="cid:flags@quittance">',
  plain: 'Hello',
  messageId: '<one@quittance>',
  image: { cid: 'flags@quittance', png: Buffer.from('not really a picture') },
};

test('sends HTML, plain text and the picture in one mail under its Message-ID', async () => {
  const { transport, received } = await server();
  expect(await transport.send(mail)).toEqual({ outcome: 'sent' });
  const [got] = received;
  expect(got?.recipients).toEqual(['ingrid@example.com']);
  expect(got?.parsed.messageId).toBe('<one@quittance>');
  expect(got?.parsed.text?.trim()).toBe('Hello');
  expect(got?.parsed.html).toContain('data:image/png;base64');
  expect(got?.parsed.attachments.map((one) => one.cid)).toEqual(['flags@quittance']);
});

test.each([
  'ingrid@example.com\r\nRCPT TO:<evil@example.com>',
  'Ingrid <evil@example.com>',
  '"a b"@example.com',
  'ingrid@example.com, evil@example.com',
])('refuses the address %j and sends nothing', async (address) => {
  const { transport, received } = await server();
  const result = await transport.send({ ...mail, to: { name: 'x', address } });
  expect(result.outcome).toBe('refused');
  expect(received).toEqual([]);
});

test('lets no header in through subject or name', async () => {
  const { transport, received } = await server();
  await transport.send({
    ...mail,
    subject: 'a\r\nBcc: evil@example.com',
    to: { name: 'b\r\nBcc: evil@example.com', address: mail.to.address },
  });
  expect(received[0]?.recipients).toEqual(['ingrid@example.com']);
  expect(received[0]?.parsed.bcc).toBeUndefined();
});

test('says refused when the server answers with an error or is not there', async () => {
  const busy = await server(() => 'refuse');
  expect(await busy.transport.send(mail)).toMatchObject({ outcome: 'refused' });
  const nobody = smtpTransport('smtp://127.0.0.1:1', 'digest@quittance.example');
  expect(await nobody.send(mail)).toMatchObject({ outcome: 'refused' });
});

test('says unknown when the server took the mail and never answered', async () => {
  const { transport, received } = await server(() => 'silence');
  expect(await transport.send(mail)).toMatchObject({ outcome: 'unknown' });
  expect(received).toHaveLength(1);
});

test('needs both settings or neither, and names the wrong one', () => {
  expect(configuredTransport({})).toBeNull();
  expect(() => configuredTransport({ QUITTANCE_SMTP_URL: 'smtp://localhost' })).toThrow(
    /QUITTANCE_MAIL_FROM/,
  );
  expect(() =>
    configuredTransport({ QUITTANCE_SMTP_URL: 'localhost', QUITTANCE_MAIL_FROM: 'a@example.com' }),
  ).toThrow(/QUITTANCE_SMTP_URL: expected smtp/);
});
