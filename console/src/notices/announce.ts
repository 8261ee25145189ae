import { preferences } from '../preferences/preferences';
import { chime } from './chime';
import type { Notice } from './notice';
import { HEADLINES } from './words';

/** More than so many at once come as one. */
const FEW = 3;

/** Tells of notices outside the page, as it was chosen: by the browser's notifications, and by a sound. */
export function announce(notices: readonly Notice[], open: (ticketId: number) => void) {
  if (notices.length === 0) return;
  const { browserNotices, sound } = preferences.get();
  if (sound) void chime();
  if (!browserNotices || Notification.permission !== 'granted') return;
  if (notices.length > FEW) return notify(`${notices.length} new notices`, 'rota', '', () => {});
  for (const { kind, ticketId, title } of notices) {
    notify(`#${ticketId} ${title}`, `rota-${ticketId}`, HEADLINES[kind], () => open(ticketId));
  }
}

/** One of a `tag` at a time: a newer one takes its place. */
function notify(title: string, tag: string, body: string, open: () => void) {
  const shown = shownBy(() => new Notification(title, { body, tag, silent: true }));
  if (!shown) return;
  shown.onclick = () => {
    window.focus();
    shown.close();
    open();
  };
}

/** Chrome on Android has the permission and refuses all the same. */
function shownBy(make: () => Notification): Notification | null {
  try {
    return make();
  } catch {
    return null;
  }
}

/** Asks for the browser's permission, if need be; only after a click or a key. */
export async function isAllowed(): Promise<boolean> {
  if (!('Notification' in window)) return false;
  return (await Notification.requestPermission()) === 'granted';
}
