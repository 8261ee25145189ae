import { useMatch, useNavigate } from '@tanstack/react-router';
import { useEffect, useMemo } from 'react';
import { badge } from '../app/title';
import { isLeading, onNews } from '../live/Live';
import { preferences, usePreference } from '../preferences/preferences';
import { useSession } from '../session/session';
import { createStore, useStore } from '../ui/store';
import { announce } from './announce';
import { type Notice, noticeOf } from './notice';
import { type Notices, noticesOf } from './notices';
import { isLookedAt, look } from './seen';

/** How long notices are gathered before they are told, in milliseconds: many may come at once. */
const GATHER = 400;

/** The newest that came while this page was open, for screen readers. */
export const newest = createStore<Notice | null>(null);

/** The browser's notices, kept by the tab that has the stream; its other tabs follow. */
export function useNotices(): { notices: Notices; open: (ticketId: number) => void } {
  const { agent, storeId } = useSession();
  const navigate = useNavigate();
  const name = `${storeId}:${agent.id}`;
  const notices = useMemo(() => noticesOf(name), [name]);
  const open = (id: number) => {
    notices.read(id);
    void navigate({ to: '/t/$id', params: { id } });
  };
  useEffect(() => notices.follow(), [notices]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: where one goes stays the same
  useEffect(() => listen(notices, name, agent.id, open), [notices, name, agent.id]);
  useTabCount(notices);
  useReading(notices, name);
  return { notices, open };
}

/** Keeps what comes, if this tab leads, and tells of what nobody looks at. */
function listen(notices: Notices, name: string, agentId: number, open: (ticketId: number) => void) {
  let gathered: Notice[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tell = async () => {
    timer = undefined;
    const all = gathered;
    gathered = [];
    const seen = await Promise.all(all.map(({ ticketId }) => isLookedAt(name, ticketId)));
    announce(
      all.filter((_, at) => !seen[at]),
      open,
    );
  };
  const leave = onNews((news) => {
    if (news.kind === 'gone') notices.forget(news.ticketId);
    const notice = news.kind === 'event' ? noticeOf(news.event, agentId) : null;
    if (!notice || !preferences.get().notices.includes(notice.kind)) return;
    newest.set(notice);
    // At once, so that it is kept even if this tab closes now; told a little later, together.
    if (!isLeading() || !notices.add(notice)) return;
    gathered.push(notice);
    timer ??= setTimeout(tell, GATHER);
  });
  return () => {
    leave();
    clearTimeout(timer);
  };
}

/** The number before the page's title. */
function useTabCount(notices: Notices) {
  const isWanted = usePreference('tabCount');
  const unread = useStore(notices, countUnread);
  useEffect(() => badge.set(isWanted ? unread : 0), [isWanted, unread]);
}

export function countUnread(all: readonly Notice[]): number {
  return all.reduce((count, { isRead }) => count + (isRead ? 0 : 1), 0);
}

/** A ticket's notices are read once its page is looked at. */
function useReading(notices: Notices, name: string) {
  const id = useMatch({ from: '/desk/layers/t/$id', shouldThrow: false })?.params.id;
  useEffect(() => {
    if (id === undefined) return;
    const read = () => {
      if (!document.hidden) notices.read(id);
    };
    const leave = look(name, id);
    const unsubscribe = notices.subscribe(read);
    read();
    document.addEventListener('visibilitychange', read);
    return () => {
      leave();
      unsubscribe();
      document.removeEventListener('visibilitychange', read);
    };
  }, [notices, name, id]);
}
