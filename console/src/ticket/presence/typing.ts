import { createStore } from '../../ui/store';

/** For how long somebody counts as writing after the last key, in milliseconds. */
const PAUSE = 8_000;

/** Where something was last typed, and when. */
export const typing = createStore<{ ticketId: number; at: number } | null>(null);

export function typed(ticketId: number) {
  typing.set({ ticketId, at: Date.now() });
}

export function isWriting(ticketId: number): boolean {
  const last = typing.get();
  return last?.ticketId === ticketId && Date.now() - last.at < PAUSE;
}
