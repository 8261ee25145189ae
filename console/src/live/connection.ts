import type { DeskEvent, StreamNews, Viewer } from '../api/types';
import { backoff } from './backoff';
import { sentEvents } from './sse';

/** What the stream tells besides events of tickets and agents. */
export type News =
  | { kind: 'event'; id: string; event: DeskEvent }
  | { kind: 'gone'; id: string | null; ticketId: number }
  | { kind: 'viewing'; ticketId: number; agents: Viewer[] }
  | { kind: 'reload' }
  | { kind: 'ended' }
  | { kind: 'status'; online: boolean };

interface Options {
  /** The event heard of last. */
  lastId: () => string | null;
  tell: (news: News) => void;
  signal: AbortSignal;
  fetch?: typeof fetch;
  random?: () => number;
  /** Waits so many milliseconds, or until it is worth another try. */
  pause?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** No line for so long means that the connection is dead: the server sends one every 15 seconds. */
const SILENCE = 40_000;

/** Keeps `/v1/stream` open until aborted or signed out. */
export async function connect(options: Options): Promise<void> {
  const { tell, signal, random = Math.random, pause = pauseOrOnline } = options;
  let failures = 0;
  while (!signal.aborted) {
    const end = await listen(options, () => {
      failures = 0;
      tell({ kind: 'status', online: true });
    });
    if (signal.aborted) return;
    if (end === 'ended') return tell({ kind: 'ended' });
    tell({ kind: 'status', online: false });
    await pause(backoff(failures, random), signal);
    failures += 1;
  }
}

/** One connection, from its beginning to its end. */
async function listen(options: Options, onOpen: () => void): Promise<'lost' | 'ended'> {
  const { lastId, tell, signal, fetch: get = fetch } = options;
  const silence = new AbortController();
  const last = lastId();
  let timer = setTimeout(() => silence.abort(), SILENCE);
  try {
    const response = await get('/v1/stream', {
      headers: { Accept: 'text/event-stream', ...(last && { 'Last-Event-ID': last }) },
      signal: AbortSignal.any([signal, silence.signal]),
    });
    if (response.status === 401) return 'ended';
    if (!response.ok || !response.body) return 'lost';
    onOpen();
    for await (const sent of sentEvents(response.body)) {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE);
      if (!sent) continue;
      const news = newsOf(sent.id, JSON.parse(sent.data));
      if (!news) return 'ended';
      tell(news);
    }
    return 'lost';
  } catch {
    return 'lost';
  } finally {
    clearTimeout(timer);
  }
}

function newsOf(id: string | null, told: StreamNews | DeskEvent): News | null {
  switch (told.type) {
    case 'ended':
      return null;
    case 'reload':
      return { kind: 'reload' };
    case 'viewing':
      return { kind: 'viewing', ...told.data };
    case 'ticket.gone':
      return { kind: 'gone', id, ...told.data };
    default:
      return { kind: 'event', id: id ?? told.data.id, event: told };
  }
}

/** Waits so many milliseconds, or until the browser is online again. */
export function pauseOrOnline(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      window.removeEventListener('online', done);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    window.addEventListener('online', done);
    signal?.addEventListener('abort', done);
  });
}
