import { api, told } from '../api/client';
import { problemOf } from '../api/problem';
import { type Idleness, NOTHING_KNOWN, stepAt } from './idleness';

const SIGNS = ['pointerdown', 'pointermove', 'click', 'keydown', 'wheel'] as const;
/** How exact the time of the last activity is, in milliseconds: every tab hears of each change. */
const EXACT = 2_000;
/** How long to wait after a call that failed, in milliseconds. */
const PAUSE = 10_000;
/** How often it is looked, while somebody is there, whether the store asks for it by now, in milliseconds. */
const LOOK_EVERY = 10 * 60_000;

interface Options {
  /** One state for all tabs of this name: a store and an agent. */
  name: string;
  /** Whether the store asked for it when the page was loaded. */
  isAsked: boolean;
  /** Whether there is somebody to be taken offline. */
  isOnline: () => boolean;
  /** It is to be asked until that moment; `null`: no more. */
  onAsk: (until: number | null) => void;
}

/** Watches what is done in the browser's tabs, tells the server of it sparingly, and says when to ask. @returns what ends it. */
export function watch({ name, isAsked, isOnline, onAsk }: Options): () => void {
  const key = `rota-idle:${name}`;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;
  let lookedAt = Date.now();

  const read = (): Idleness => ({ ...NOTHING_KNOWN, ...JSON.parse(localStorage.getItem(key) ?? '{}') });
  const write = (change: Partial<Idleness>) =>
    localStorage.setItem(key, JSON.stringify({ ...read(), ...change }));

  const step = () => {
    if (isOver) return;
    clearTimeout(timer);
    const now = Date.now();
    const next = stepAt(now, read());
    if (!isOnline()) return onAsk(null);
    if (next.is === 'report') void once('report', report);
    if (next.is === 'confirm') void once('confirm', confirm);
    if (next.is === 'over') return;
    onAsk(next.is === 'ask' ? next.at : null);
    if ('at' in next && next.at !== null) timer = setTimeout(step, next.at - now);
  };

  /** Does in one tab what all may have found to be due. */
  const once = async (is: 'report' | 'confirm' | 'rest', act: () => Promise<void>) => {
    try {
      await navigator.locks.request(key, async () => {
        if (!isOver && (is === 'rest' || stepAt(Date.now(), read()).is === is)) await act();
      });
      step();
    } catch {
      if (!isOver) timer = setTimeout(step, PAUSE);
    }
  };

  const report = async () => {
    const notedAt = Date.now();
    await told(api.POST('/v1/session/activity'));
    write({ notedAt, deadline: notedAt + (read().after ?? 0) });
  };
  const confirm = async () => {
    const left = await timeLeft();
    if (left === null) return write({ after: null });
    const deadline = Date.now() + left;
    write({ deadline, confirmed: deadline });
  };
  const learn = async () => {
    await told(api.POST('/v1/session/activity'));
    const after = await timeLeft();
    const notedAt = Date.now();
    write({ after, notedAt, activeAt: notedAt, deadline: notedAt + (after ?? 0) });
  };

  const sign = () => {
    const now = Date.now();
    const { activeAt, notedAt, after } = read();
    if (after === null && now - lookedAt > LOOK_EVERY) {
      lookedAt = now;
      void once('rest', learn);
    }
    if (after === null || (now - activeAt < EXACT && activeAt > notedAt)) return;
    write({ activeAt: now });
    step();
  };
  const hear = (event: StorageEvent) => {
    if (event.key === key) step();
  };

  for (const type of SIGNS) window.addEventListener(type, sign, { capture: true, passive: true });
  window.addEventListener('storage', hear);
  document.addEventListener('visibilitychange', step);
  if (isAsked) void once('rest', learn);
  else write({ after: null });
  return () => {
    isOver = true;
    clearTimeout(timer);
    for (const type of SIGNS) window.removeEventListener(type, sign, { capture: true });
    window.removeEventListener('storage', hear);
    document.removeEventListener('visibilitychange', step);
  };
}

/** Milliseconds until the server takes one offline, by the server's own clock; `null` where it does not. */
async function timeLeft(): Promise<number | null> {
  const { data, error, response } = await api.GET('/v1/session');
  if (!data) throw problemOf(response, error);
  const now = Date.parse(response.headers.get('date') ?? '') || Date.now();
  return data.idleAt === null ? null : Math.max(0, Date.parse(data.idleAt) - now);
}
