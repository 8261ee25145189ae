import { createStore, type Store } from '../ui/store';
import type { Notice } from './notice';

/** The most that are kept. */
const KEPT = 50;
/** How long they are kept, in milliseconds: as long as the server keeps events. */
const LIFE = 7 * 24 * 60 * 60_000;

const PREFIX = 'rota-notices:';

/** The notices of an agent in this browser, the newest first; all its tabs have the same. */
export interface Notices extends Pick<Store<readonly Notice[]>, 'get' | 'subscribe'> {
  /** Adds one; @returns whether it was not there yet. */
  add(notice: Notice): boolean;
  /** Marks the notices of a ticket, or all, as read. */
  read(ticketId?: number): void;
  /** Takes out those of a ticket that has gone out of sight. */
  forget(ticketId: number): void;
  /** Follows what other tabs write; @returns what ends it. */
  follow(): () => void;
}

export function noticesOf(name: string, now: () => number = Date.now): Notices {
  const key = PREFIX + name;
  const store = createStore(load(key, now()));
  const change = (make: (all: readonly Notice[]) => readonly Notice[]) => {
    const all = load(key, now());
    const next = make(all);
    if (next === all) return;
    localStorage.setItem(key, JSON.stringify(next));
    store.set(next);
  };
  return {
    get: store.get,
    subscribe: store.subscribe,
    add(notice) {
      const before = store.get();
      change((all) => (all.some(({ id }) => id === notice.id) ? all : [notice, ...all].slice(0, KEPT)));
      return store.get() !== before;
    },
    read(ticketId) {
      const isMeant = (one: Notice) => !one.isRead && (ticketId === undefined || one.ticketId === ticketId);
      change((all) =>
        all.some(isMeant) ? all.map((one) => (isMeant(one) ? { ...one, isRead: true } : one)) : all,
      );
    },
    forget(ticketId) {
      change((all) =>
        all.some((one) => one.ticketId === ticketId) ? all.filter((one) => one.ticketId !== ticketId) : all,
      );
    },
    follow() {
      const hear = (event: StorageEvent) => {
        if (event.key === key) store.set(load(key, now()));
      };
      window.addEventListener('storage', hear);
      return () => window.removeEventListener('storage', hear);
    },
  };
}

/** Forgets all of this browser, as signing out does. */
export function forgetNotices() {
  for (const key of Object.keys(localStorage)) {
    if (key.startsWith(PREFIX)) localStorage.removeItem(key);
  }
}

function load(key: string, now: number): readonly Notice[] {
  try {
    const all = JSON.parse(localStorage.getItem(key) ?? '[]') as Notice[];
    return all.filter(({ at }) => now - Date.parse(at) < LIFE);
  } catch {
    return [];
  }
}
