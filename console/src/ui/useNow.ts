import { createStore, useStore } from './store';

const minute = createStore(Date.now());
let _timer: ReturnType<typeof setInterval> | undefined;

/** The time, in milliseconds, anew every half minute; one timer for the whole page. */
export function useNow(): number {
  _timer ??= setInterval(() => minute.set(Date.now()), 30_000);
  return useStore(minute, (now) => now);
}
