import { QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { known } from '../api/cache';
import { firstPage } from '../api/pages';
import { sessionQuery, ticketQuery, ticketsQuery } from '../api/queries';
import { nobody, ticket } from '../api/ticket.fixture';
import type { SignedIn } from '../api/types';
import { canUndo, order, undo } from './commands';

const filter = { state: 'open', agent: 'me' } as const;

let client: QueryClient;
let asked: { path: string; key: string | null; body: unknown }[];
let answers: (() => Response)[];

const json = (body: unknown, status = 200) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
const listed = () => client.getQueryData(ticketsQuery(filter).queryKey)?.pages[0]?.items[0];

beforeEach(() => {
  client = new QueryClient();
  client.setQueryData(sessionQuery.queryKey, { agent: { id: 1 } } as SignedIn);
  client.setQueryData(ticketQuery(7).queryKey, { ticket: ticket(), timeline: [], ...nobody });
  client.setQueryData(
    ticketsQuery(filter).queryKey,
    firstPage({ items: [ticket()], next: null, upToDate: true }),
  );
  [asked, answers] = [[], []];
  vi.stubGlobal('fetch', async (request: Request) => {
    const { pathname: path } = new URL(request.url);
    asked.push({ path, key: request.headers.get('Idempotency-Key'), body: await request.json() });
    return (answers.shift() ?? (() => Promise.reject(new TypeError('away'))))();
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('shows at once, in the list and on the page, and then as the server says', async () => {
  const closed = ticket({ state: 'closed', closedBy: 'agent', sequence: 2 });
  answers = [() => json({ ticket: closed, entry: 2 })];
  const done = order(client, 7, { command: 'close', body: {} });
  expect(known(client, 7)?.state).toBe('closed');
  expect(listed()?.state).toBe('closed');
  await expect(done).resolves.toEqual(closed);
  expect(listed()).toEqual(closed);
});

it('puts a refused one back', async () => {
  answers = [() => json({ status: 403, code: 'forbidden', detail: 'this is not yours to do' }, 403)];
  await expect(order(client, 7, { command: 'close', body: {} })).resolves.toBeNull();
  expect(listed()).toEqual(ticket());
});

it('shows what the ticket has become where it had changed', async () => {
  const changed = ticket({ agentId: 2, sequence: 5 });
  answers = [() => json({ status: 409, code: 'changed', detail: 'it has changed', ticket: changed }, 409)];
  await order(client, 7, { command: 'close', body: { expectedAgentId: 1 } });
  expect(listed()).toEqual(changed);
});

it('does not put back over what came meanwhile', async () => {
  const taken = ticket({ agentId: 2, sequence: 9 });
  answers = [
    () => {
      client.setQueryData(ticketQuery(7).queryKey, { ticket: taken, timeline: [], ...nobody });
      return json({ status: 403, code: 'forbidden', detail: 'no' }, 403);
    },
  ];
  await order(client, 7, { command: 'close', body: {} });
  expect(known(client, 7)).toEqual(taken);
});

it('sends again under the same key until the server answers', async () => {
  vi.useFakeTimers();
  answers = [
    () => json({ status: 503, code: 'unavailable', detail: 'away' }, 503),
    () => {
      throw new TypeError('offline');
    },
    () => json({ ticket: ticket({ sequence: 2 }), entry: 2 }),
  ];
  const noted = order(client, 7, { command: 'notes', body: { text: 'Called.' } });
  await vi.runAllTimersAsync();
  await noted;
  expect(asked).toHaveLength(3);
  expect(new Set(asked.map(({ key }) => key)).size).toBe(1);
  expect(asked.map(({ body }) => body)).toEqual(Array(3).fill({ text: 'Called.' }));
});

it('takes the last change back once, within its time', async () => {
  vi.useFakeTimers();
  answers = [
    () => json({ ticket: ticket({ state: 'closed', sequence: 2 }), entry: 2 }),
    () => json({ ticket: ticket({ sequence: 3 }), entry: 3 }),
    () => json({ ticket: ticket({ state: 'closed', sequence: 4 }), entry: 4 }),
  ];
  await order(client, 7, { command: 'close', body: {} });
  expect(canUndo()).toBe(true);
  await undo(client);
  expect(asked[1]).toMatchObject({ path: '/v1/tickets/7/undo', body: { entry: 2 } });
  expect(known(client, 7)?.state).toBe('owned');
  expect(canUndo()).toBe(false);
  await order(client, 7, { command: 'close', body: {} });
  vi.advanceTimersByTime(10_000);
  expect(canUndo()).toBe(false);
});

it('shows whose it is where somebody else was faster', async () => {
  answers = [() => json({ status: 409, code: 'already_owned', detail: 'it has an owner', ownerId: 2 }, 409)];
  await expect(order(client, 7, { command: 'claim', body: {} })).resolves.toBeNull();
  expect(listed()).toMatchObject({ state: 'owned', agentId: 2 });
});

it('takes back what was sent last, though its answer has not come', async () => {
  let answer = (_: Response) => {};
  const held = new Promise<Response>((resolve) => {
    answer = resolve;
  });
  answers = [
    () => json({ ticket: ticket({ state: 'closed', sequence: 2 }), entry: 2 }),
    () => held as unknown as Response,
    () => json({ ticket: ticket({ id: 8, sequence: 6 }), entry: 6 }),
  ];
  await order(client, 7, { command: 'close', body: {} });
  const slow = order(client, 8, { command: 'close', body: {} });
  const back = undo(client);
  answer(json({ ticket: ticket({ id: 8, state: 'closed', sequence: 5 }), entry: 5 }));
  await Promise.all([slow, back]);
  expect(asked.map(({ path }) => path)).toEqual([
    '/v1/tickets/7/close',
    '/v1/tickets/8/close',
    '/v1/tickets/8/undo',
  ]);
  expect(asked[2]?.body).toEqual({ entry: 5 });
  expect(canUndo()).toBe(false);
});

it('leaves nothing to take back after what cannot be taken back, or was refused', async () => {
  answers = [
    () => json({ ticket: ticket({ state: 'closed', sequence: 2 }), entry: 2 }),
    () => json({ ticket: ticket({ sequence: 3 }), entry: 3 }),
    () => json({ status: 403, code: 'forbidden', detail: 'no' }, 403),
  ];
  await order(client, 7, { command: 'close', body: {} });
  await order(client, 7, { command: 'unmerge', body: {} });
  expect(canUndo()).toBe(false);
  await order(client, 7, { command: 'close', body: {} });
  expect(canUndo()).toBe(false);
});
