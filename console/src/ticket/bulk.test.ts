import { QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { known } from '../api/cache';
import { firstPage } from '../api/pages';
import { sessionQuery, ticketsQuery } from '../api/queries';
import { ticket } from '../api/ticket.fixture';
import type { SignedIn } from '../api/types';
import { orderAll } from './bulk';
import { canUndo, undo } from './commands';

type Sent = { ticketIds: number[]; command: string; with: { entry?: number } };

let client: QueryClient;
let asked: Sent[];
let answer: (sent: Sent, id: number) => object;

beforeEach(() => {
  client = new QueryClient();
  client.setQueryData(sessionQuery.queryKey, { agent: { id: 1 } } as SignedIn);
  const items = Array.from({ length: 150 }, (_, at) => ticket({ id: at + 1 }));
  client.setQueryData(ticketsQuery({}).queryKey, firstPage({ items, next: null, upToDate: true }));
  asked = [];
  answer = (_, id) => ({ status: 200, entry: id % 2 === 0 ? 2 : 3 });
  vi.stubGlobal('fetch', async (request: Request) => {
    const sent = (await request.json()) as Sent;
    asked.push(sent);
    const results = sent.ticketIds.map((ticketId) => ({ ticketId, ...answer(sent, ticketId) }));
    return new Response(JSON.stringify({ results }), { headers: { 'content-type': 'application/json' } });
  });
});
afterEach(() => vi.unstubAllGlobals());

const close = { command: 'close', body: {} } as const;

it('shows all at once, and sends at most 100 a call', async () => {
  const ids = Array.from({ length: 150 }, (_, at) => at + 1);
  const done = orderAll(client, ids, close);
  expect([known(client, 1)?.state, known(client, 150)?.state]).toEqual(['closed', 'closed']);
  await expect(done).resolves.toEqual([]);
  expect(asked.map(({ ticketIds }) => ticketIds.length)).toEqual([100, 50]);
});

it('puts the refused ones back and names them', async () => {
  const changed = ticket({ id: 2, agentId: 9, sequence: 8 });
  answer = (_, id) => {
    if (id === 1) return { status: 200, entry: 2 };
    const problem = { status: 409, code: 'changed', detail: 'the ticket has changed', title: '', type: '' };
    return id === 2 ? { ...problem, ticket: changed } : problem;
  };
  await expect(orderAll(client, [1, 2, 3], close)).resolves.toEqual([2, 3]);
  expect(known(client, 1)?.state).toBe('closed');
  expect(known(client, 2)).toEqual(changed);
  expect(known(client, 3)).toEqual(ticket({ id: 3 }));
});

it('takes all back that was done, each by its own entry', async () => {
  await orderAll(client, [1, 2, 3, 4], close);
  expect(canUndo()).toBe(true);
  await undo(client);
  expect(asked.slice(1)).toEqual([
    { ticketIds: [1, 3], command: 'undo', with: { entry: 3 } },
    { ticketIds: [2, 4], command: 'undo', with: { entry: 2 } },
  ]);
  expect(canUndo()).toBe(false);
});
