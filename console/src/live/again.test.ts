import { QueryClient } from '@tanstack/react-query';
import { expect, it, vi } from 'vitest';
import { firstPage } from '../api/pages';
import { ticketsQuery } from '../api/queries';
import { ticket } from '../api/ticket.fixture';
import { applyAgain } from './again';
import { apply } from './apply';
import type { News } from './connection';

const assigned = {
  kind: 'event',
  id: 'evt_1_0',
  event: {
    type: 'ticket.assigned',
    timestamp: '2026-11-25T09:00:00Z',
    data: { ticket: ticket({ agentId: 2, sequence: 5 }) },
  },
} as unknown as News;

it('does not lose to an older answer what was heard while it was on its way', async () => {
  const client = new QueryClient();
  const { queryKey } = ticketsQuery({});
  const looker = { agentId: 1, teamIds: new Set<number>() };
  const { hear, stop } = applyAgain(client, (news) => apply(client, news, looker));
  let answer = (_: object) => {};
  const loading = client.fetchQuery({
    queryKey,
    queryFn: () => new Promise((resolve) => (answer = resolve)),
  });
  await vi.waitFor(() => expect(client.isFetching()).toBe(1));
  hear(assigned);
  answer(firstPage({ items: [ticket()], next: null, upToDate: true }));
  await loading;
  await vi.waitFor(() =>
    expect(client.getQueryData(queryKey)?.pages[0]?.items).toMatchObject([{ agentId: 2, sequence: 5 }]),
  );
  stop();
});
