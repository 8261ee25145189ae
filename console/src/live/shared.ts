import type { News } from './connection';
import { Heard } from './heard';

/** What tabs say to each other. */
type Said =
  | { is: 'news'; news: News }
  /** A tab is here, and knows what happened up to an event. */
  | { is: 'hello'; from: string; lastId: string | null }
  /** A tab has the stream from now on. */
  | { is: 'leads' }
  /** What the tab with the stream answers to a hello. */
  | { is: 'welcome'; to: string; online: boolean | null; missed: News[] };

interface Options {
  /** One stream for all tabs of this name: a store and an agent. */
  name: string;
  /** The event up to which this tab knows what happened. */
  lastId: string | null;
  tell: (news: News) => void;
  /** This tab has the stream from now on. */
  onLead?: () => void;
  /** Opens the stream; in one tab at a time. */
  connect: (options: {
    lastId: () => string | null;
    tell: (news: News) => void;
    signal: AbortSignal;
  }) => Promise<void>;
  locks?: Pick<LockManager, 'request'>;
  channel?: BroadcastChannel;
}

/**
 * Joins the tabs that share one stream. The one that holds the lock has the connection and tells the others what it hears;
 * when it closes, the browser gives the lock to another, which goes on after what it heard of last. Each tab is told what it
 * has missed since the event that it knows of, so that nothing is lost between loading and listening.
 * @returns what leaves.
 */
export function join({ name, tell, connect, onLead, ...given }: Options): () => void {
  const locks = given.locks ?? navigator.locks;
  const channel = given.channel ?? new BroadcastChannel(`rota-live:${name}`);
  const self = crypto.randomUUID();
  const leaving = new AbortController();
  let { lastId } = given;
  let online: boolean | null = null;
  /** Only in the tab with the stream. */
  let heard: Heard | null = null;

  const say = (said: Said) => {
    if (!leaving.signal.aborted) channel.postMessage(said);
  };
  const hear = (news: News) => {
    if ('id' in news && news.id) lastId = news.id;
    if (news.kind === 'status') online = news.online;
    tell(news);
  };
  const greet = () => say({ is: 'hello', from: self, lastId });
  channel.onmessage = ({ data }: MessageEvent<Said>) => {
    if (data.is === 'news') hear(data.news);
    if (data.is === 'leads') greet();
    if (data.is === 'hello' && heard) {
      say({ is: 'welcome', to: data.from, online, missed: heard.after(data.lastId) });
    }
    if (data.is === 'welcome' && data.to === self) {
      if (data.online !== null) hear({ kind: 'status', online: data.online });
      for (const news of data.missed) hear(news);
    }
  };
  greet();

  const lead = () => {
    const kept = new Heard(lastId);
    heard = kept;
    onLead?.();
    say({ is: 'leads' });
    return connect({
      lastId: () => lastId,
      signal: leaving.signal,
      tell: (news) => {
        kept.add(news);
        hear(news);
        say({ is: 'news', news });
      },
    });
  };
  locks.request(`rota-live:${name}`, { signal: leaving.signal }, lead).catch((error: unknown) => {
    if (!leaving.signal.aborted) throw error;
  });
  return () => {
    leaving.abort();
    channel.close();
  };
}
