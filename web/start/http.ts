import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { pathToFileURL } from 'node:url';
import { handlerPath } from './bundle.ts';

export interface WebServer {
  /** From here on the dashboard answers; before, a page that says it is being prepared. */
  serve(): Promise<void>;
  /** Takes no new requests and waits for those under way (at most 8 s). */
  close(): Promise<void>;
}

type Handler = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

const drainMs = 8_000;
const headersTimeoutMs = 15_000;
const requestTimeoutMs = 60_000;

/** Takes the port at once, so that a wrong one is known before any work is done. */
export async function listen(options: {
  host: string;
  port: number;
  url: string;
}): Promise<WebServer> {
  let handler: Handler = (_request, response) => {
    response.writeHead(503, { 'content-type': 'text/html; charset=utf-8', 'retry-after': '2' });
    response.end(preparing);
  };
  const isOurs = hostCheck(options.url);
  const server = createServer((request, response) => {
    if (!isOurs(request.headers.host)) {
      response.writeHead(421, { 'content-type': 'text/plain; charset=utf-8' });
      response.end(`Open ${options.url} instead; set ORIGIN when people reach it by another name.`);
      return;
    }
    // The bundle builds its own address from these; what a client sends there is not believed.
    request.headers['x-forwarded-proto'] = new URL(options.url).protocol.slice(0, -1);
    handler(request, response, () => {
      response.writeHead(404);
      response.end();
    });
  });
  server.headersTimeout = headersTimeoutMs;
  server.requestTimeout = requestTimeoutMs;
  await new Promise<void>((listening, fail) => {
    server.once('error', (cause: NodeJS.ErrnoException) => fail(portError(options, cause)));
    server.listen(options.port, options.host, listening);
  });
  return {
    serve: async () => {
      process.env['PROTOCOL_HEADER'] = 'x-forwarded-proto';
      // ORIGIN would pin one name; the host check above already knows all of ours.
      delete process.env['ORIGIN'];
      // The largest event log; the guard holds every other request to half a megabyte.
      process.env['BODY_SIZE_LIMIT'] ??= '104M';
      const bundle: unknown = await import(pathToFileURL(handlerPath).href);
      ({ handler } = bundle as { handler: Handler });
    },
    close: () =>
      new Promise((closed) => {
        const timer = setTimeout(() => server.closeAllConnections(), drainMs);
        server.close(() => {
          clearTimeout(timer);
          closed();
        });
        server.closeIdleConnections();
      }),
  };
}

/** Only our own names, so that a foreign name that resolves to this machine gets nothing. */
function hostCheck(url: string): (host: string | undefined) => boolean {
  const { host, port, hostname } = new URL(url);
  const isLocal = ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
  const names = isLocal
    ? [host, `127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`]
    : [host];
  return (given) => given !== undefined && names.includes(given.toLowerCase());
}

function portError(options: { host: string; port: number }, cause: NodeJS.ErrnoException): Error {
  const place = `port ${options.port} on ${options.host}`;
  const other = options.port === 65_535 ? 4_174 : options.port + 1;
  const text =
    {
      EADDRINUSE: `Another program uses ${place}. Stop it, or choose another port: npx quittance start --port ${other}`,
      EACCES: `This user may not use ${place}. Choose a port above 1023: npx quittance start --port 4173`,
      EADDRNOTAVAIL: `This machine has no address ${options.host}. Correct HOST, or unset it to use 127.0.0.1`,
    }[cause.code ?? ''] ?? `Cannot listen on ${place}: ${cause.message}`;
  return new Error(text, { cause });
}

const preparing = `<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="2">
<title>Quittance</title><body style="font:15px/1.5 system-ui;max-width:32rem;margin:20vh auto;padding:0 1rem">
<p>Quittance is being prepared; this page opens by itself.</p><p lang="zh-CN">Quittance 正在准备中，完成后页面会自动打开。</p>`;
