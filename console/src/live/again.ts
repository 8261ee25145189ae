import type { QueryClient } from '@tanstack/react-query';
import type { News } from './connection';

/** What is heard while tickets are loaded is applied again after it: what the answer brings may be older. */
export function applyAgain(
  client: QueryClient,
  apply: (news: News) => void,
): { hear: (news: News) => void; stop: () => void } {
  let heard: News[] = [];
  const stop = client.getQueryCache().subscribe(() => {
    if (heard.length === 0 || isLoading(client)) return;
    const again = heard;
    heard = [];
    for (const news of again) apply(news);
  });
  return {
    hear(news) {
      apply(news);
      if (news.kind === 'event' && isLoading(client)) heard.push(news);
    },
    stop,
  };
}

const TICKETS = ['tickets', 'tickets after', 'ticket'];

function isLoading(client: QueryClient): boolean {
  return client.isFetching({ predicate: ({ queryKey }) => TICKETS.includes(String(queryKey[0])) }) > 0;
}
