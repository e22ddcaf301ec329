import { error } from '@sveltejs/kit';
import { listenerCount, listenerLimit, onChange } from '#lib/server/live-changes.ts';
import type { RequestHandler } from './$types';

/** A stream ends after this time; the browser opens the next one and is asked who it is again. */
const streamFor_ms = 10 * 60_000;
/** A line from time to time keeps proxies from closing the stream. */
const breath_ms = 25_000;

/** Server-sent events that say what changed, never what it changed to. */
export const GET: RequestHandler = ({ request }) => {
  if (listenerCount() >= listenerLimit) error(503, 'Too many open pages; this one stays as it is.');
  const text = new TextEncoder();
  let stop: () => void = () => undefined;
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      const send = (line: string): void => controller.enqueue(text.encode(line));
      const unlisten = onChange((keys) =>
        send(`event: change\ndata: ${JSON.stringify({ keys })}\n\n`),
      );
      const breath = setInterval(() => send(': still here\n\n'), breath_ms);
      const end = setTimeout(() => {
        stop();
        controller.close();
      }, streamFor_ms);
      stop = () => {
        unlisten();
        clearInterval(breath);
        clearTimeout(end);
      };
      request.signal.addEventListener('abort', stop);
      send('retry: 2000\n\n');
    },
    cancel() {
      stop();
    },
  });
  return new Response(stream, {
    headers: {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    },
  });
};
