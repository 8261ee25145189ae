import {
  createContext,
  type DependencyList,
  type EffectCallback,
  useContext,
  useLayoutEffect,
  useRef,
} from 'react';
import { createStore, type Store, useStore } from './store';

/** Whether the page of which something is a part is the one that is shown. One below it has no commands, title or focus. */
export const Shown = createContext<Pick<Store<boolean>, 'get' | 'subscribe'>>(createStore(true));

export function useIsShown(): boolean {
  return useStore(useContext(Shown), (is) => is);
}

/**
 * An effect before the page is painted that lasts while it is shown: it ends when another page is, and begins again, as it was
 * rendered last, when this one comes back. Nothing is rendered for that.
 */
export function useWhileShown(effect: EffectCallback, deps: DependencyList) {
  const shown = useContext(Shown);
  const latest = useRef(effect);
  latest.current = effect;
  useLayoutEffect(() => {
    let end: ReturnType<EffectCallback>;
    const turn = () => {
      end?.();
      end = shown.get() ? latest.current() : undefined;
    };
    turn();
    const stop = shown.subscribe(turn);
    return () => {
      stop();
      end?.();
    };
  }, [shown, ...deps]);
}
