const nameOf = (name: string, ticketId: number) => `rota-seen:${name}:${ticketId}`;

/**
 * Lets the browser's other tabs know that this ticket's page is looked at: for as long as it is, the tab holds a shared lock,
 * which goes with the tab however it ends. @returns what ends it.
 */
export function look(name: string, ticketId: number): () => void {
  let release = () => {};
  const change = () => {
    release();
    release = document.hidden ? () => {} : hold(nameOf(name, ticketId));
  };
  change();
  document.addEventListener('visibilitychange', change);
  return () => {
    document.removeEventListener('visibilitychange', change);
    release();
  };
}

function hold(lock: string): () => void {
  const leaving = new AbortController();
  const until = new Promise<void>((resolve) => leaving.signal.addEventListener('abort', () => resolve()));
  navigator.locks.request(lock, { mode: 'shared', signal: leaving.signal }, () => until).catch(() => {});
  return () => leaving.abort();
}

/** Whether any tab shows this ticket's page to somebody. */
export async function isLookedAt(name: string, ticketId: number): Promise<boolean> {
  const { held = [] } = await navigator.locks.query();
  return held.some((lock) => lock.name === nameOf(name, ticketId));
}
