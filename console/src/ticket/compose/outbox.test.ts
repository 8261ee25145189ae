import { QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { sessionQuery } from '../../api/queries';
import { ticket } from '../../api/ticket.fixture';
import type { SignedIn } from '../../api/types';
import type { Said } from './outbox';

let asked: { key: string | null; body: unknown }[];
let answers: (() => Response)[];
let client: QueryClient;

const json = (body: unknown, status = 200) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
const away = () => {
  throw new TypeError('away');
};
const note: Said = { command: 'notes', body: { text: 'Called.', mentions: [] } };
const NOW = '2026-11-25T08:00:00Z';

/** The modules as a page has them that was just loaded; what is kept in the tab stays. */
async function load() {
  vi.resetModules();
  const [outbox, drafts] = await Promise.all([import('./outbox'), import('./drafts')]);
  return { ...outbox, ...drafts };
}

beforeEach(() => {
  vi.useFakeTimers();
  sessionStorage.clear();
  client = new QueryClient();
  client.setQueryData(sessionQuery.queryKey, { agent: { id: 1 }, storeId: 'shop' } as SignedIn);
  [asked, answers] = [[], []];
  vi.stubGlobal('fetch', async (request: Request) => {
    asked.push({ key: request.headers.get('Idempotency-Key'), body: await request.json() });
    return (answers.shift() ?? away)();
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('sends a note under one key until it is answered, also over a reload', async () => {
  const before = await load();
  before.say(client, 7, note, NOW);
  await vi.advanceTimersByTimeAsync(5_000);
  const after = await load();
  answers = [() => json({ ticket: ticket({ sequence: 2 }), entry: 2 })];
  after.resume(client);
  await vi.advanceTimersByTimeAsync(1);
  expect(asked.length).toBeGreaterThan(2);
  expect(new Set(asked.map(({ key }) => key)).size).toBe(1);
  expect(asked.at(-1)?.body).toEqual(note.body);
  expect(sessionStorage.length).toBe(0);
});

it('goes on for as long as nothing answers', async () => {
  const { say } = await load();
  say(client, 7, note, NOW);
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(asked.length).toBeGreaterThan(150);
  expect(sessionStorage.getItem('rota-outbox:shop:1')).toContain('Called.');
});

it('gives back what is refused, before what was written since', async () => {
  const { say, draftOf, setDraft } = await load();
  answers = [() => json({ status: 404, code: 'not_found', detail: 'there is nothing' }, 404)];
  say(client, 7, note, NOW);
  setDraft(1, 7, { note: 'And wrote.' });
  await vi.advanceTimersByTimeAsync(1);
  expect(draftOf(1, 7).note).toBe('Called.\n\nAnd wrote.');
  expect(sessionStorage.getItem('rota-outbox:shop:1')).toBeNull();
});

it('is nobody else’s', async () => {
  const before = await load();
  before.say(client, 7, note, NOW);
  before.setDraft(1, 7, { note: 'mine' });
  await vi.advanceTimersByTimeAsync(1);
  client.setQueryData(sessionQuery.queryKey, { agent: { id: 2 }, storeId: 'shop' } as SignedIn);
  const { resume, draftOf } = await load();
  asked = [];
  resume(client);
  await vi.advanceTimersByTimeAsync(1);
  expect(asked).toEqual([]);
  expect(draftOf(2, 7).note).toBe('');
  expect(draftOf(1, 7).note).toBe('mine');
});
