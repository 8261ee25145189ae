import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { directoryQuery } from '../api/queries';
import { lookerIn } from '../inbox/filter';
import { askToSignInAgain, ended, useSession } from '../session/session';
import { createStore, useStore } from '../ui/store';
import { applyAgain } from './again';
import { apply, countSoon, isOfTicket } from './apply';
import { connect, type News } from './connection';
import { join } from './shared';

const online = createStore<boolean | null>(null);
const listeners = new Set<(news: News) => void>();

/** Whether news arrive; `null` until the first connection came about or not. */
export function useIsLive(): boolean | null {
  return useStore(online, (is) => is);
}

/** Hears everything that the stream tells, in every tab; for notices. @returns what ends it. */
export function onNews(listener: (news: News) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

let leads = false;

/** Whether this tab has the stream: what is to be done once for all tabs is done here. */
export function isLeading(): boolean {
  return leads;
}

/** Joins the browser's one live stream for as long as somebody is signed in. */
export function Live() {
  const client = useQueryClient();
  const { agent, storeId, lastEventId } = useSession();
  const isEnded = useStore(ended, (is) => is);
  // At first that before which everything is loaded; it outlives the session that has ended under the page.
  const lastId = useRef(lastEventId);

  useEffect(() => {
    if (isEnded) return;
    const counts = countSoon(client);
    const looker = () => lookerIn(client.getQueryData(directoryQuery.queryKey), agent.id);
    const cache = applyAgain(client, (news) => apply(client, news, looker()));
    const leave = join({
      name: `${storeId}:${agent.id}`,
      lastId: lastId.current,
      connect,
      onLead: () => {
        leads = true;
      },
      tell(news) {
        if ('id' in news && news.id) lastId.current = news.id;
        if (news.kind === 'status') online.set(news.online);
        if (news.kind === 'ended') void askToSignInAgain();
        cache.hear(news);
        if (news.kind === 'gone' || (news.kind === 'event' && isOfTicket(news.event))) counts.soon();
        for (const listener of [...listeners]) listener(news);
      },
    });
    return () => {
      leave();
      cache.stop();
      leads = false;
      counts.stop();
    };
  }, [client, agent.id, storeId, isEnded]);
  return null;
}
