import { useSyncExternalStore } from 'react';

/** A value outside React, whose readers render again only when what they chose of it changes. */
export interface Store<T> {
  get(): T;
  set(value: T): void;
  subscribe(listener: () => void): () => void;
}

export function createStore<T>(initial: T): Store<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const listener of [...listeners]) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** What `choose` makes of the store's value; it has to answer the same object for the same value. */
export function useStore<T, S>(store: Pick<Store<T>, 'get' | 'subscribe'>, choose: (value: T) => S): S {
  return useSyncExternalStore(store.subscribe, () => choose(store.get()));
}
