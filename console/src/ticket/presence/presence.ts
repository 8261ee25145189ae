import { isWriting, typing } from './typing';

/** What is told: the ticket that somebody has before them and what they do, or nothing. */
export type Presence = { ticketId: number; activity: 'viewing' | 'writing' } | Record<string, never>;

/** How long one stays before it is told, and how often it is told again, in milliseconds; it counts for 15 seconds. */
const STAY = 1_000;
const BEAT = 5_000;

let leaving: ReturnType<typeof setTimeout> | undefined;

/** Tells that somebody has a ticket before them for as long as they look at the page. @returns what ends it. */
export function attend(ticketId: number, tell: (presence: Presence) => void): () => void {
  clearTimeout(leaving);
  let told: 'viewing' | 'writing' | null = null;
  let beats: ReturnType<typeof setInterval> | undefined;
  const beat = () => {
    if (document.hidden) return;
    told = isWriting(ticketId) ? 'writing' : 'viewing';
    tell({ ticketId, activity: told });
  };
  const stay = setTimeout(() => {
    beat();
    beats = setInterval(beat, BEAT);
  }, STAY);
  const forget = typing.subscribe(() => {
    if (told !== 'writing' && isWriting(ticketId)) beat();
  });
  const look = () => {
    if (!document.hidden) return beat();
    told = null;
    tell({});
  };
  document.addEventListener('visibilitychange', look);
  return () => {
    clearTimeout(stay);
    clearInterval(beats);
    forget();
    document.removeEventListener('visibilitychange', look);
    // Whoever goes on to another ticket tells of that one instead.
    if (told) leaving = setTimeout(() => tell({}), STAY);
  };
}
