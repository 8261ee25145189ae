import type { NoticeKind } from '../notices/notice';
import { createStore, useStore } from '../ui/store';

/** What somebody chose for this browser. */
export interface Preferences {
  theme: 'auto' | 'light' | 'dark';
  /** Whether single keys are commands. */
  shortcuts: boolean;
  /** What one is told of. */
  notices: readonly NoticeKind[];
  /** Whether what is unread is counted before the page's title. */
  tabCount: boolean;
  /** Whether the browser shows notifications; it has to allow them too. */
  browserNotices: boolean;
  sound: boolean;
}

const KEY = 'rota-preferences';
const USUAL: Preferences = {
  theme: 'auto',
  shortcuts: true,
  notices: ['assigned', 'mentioned', 'woken'],
  tabCount: true,
  browserNotices: false,
  sound: false,
};

const store = createStore<Preferences>(read(localStorage.getItem(KEY)));

window.addEventListener('storage', (event) => {
  if (event.key === KEY) store.set(read(event.newValue));
});

function read(text: string | null): Preferences {
  try {
    return { ...USUAL, ...JSON.parse(text ?? '{}') };
  } catch {
    return USUAL;
  }
}

export const preferences = { get: store.get, subscribe: store.subscribe };

export function setPreferences(change: Partial<Preferences>) {
  const next = { ...store.get(), ...change };
  localStorage.setItem(KEY, JSON.stringify(next));
  store.set(next);
}

export function usePreference<K extends keyof Preferences>(name: K): Preferences[K] {
  return useStore(store, (all) => all[name]);
}
