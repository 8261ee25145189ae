import { QueryClient } from '@tanstack/react-query';
import { beforeEach, expect, it, vi } from 'vitest';
import { directoryQuery } from '../api/queries';
import type { Agent, Availability } from '../api/types';
import { set, shown } from './availability';

let client: QueryClient;
let server: Availability;
/** What somebody else sets after it was read and before it is set. */
let between: Availability | null;
const calls: { method: string; match: string | null; body: unknown }[] = [];

/** `PUT` and `GET /v1/agents/1/availability`. */
async function answer(request: Request): Promise<Response> {
  const { method, headers } = request;
  const match = headers.get('If-Match');
  const body = method === 'PUT' ? await request.json() : null;
  calls.push({ method, match, body });
  if (method === 'PUT' && match !== tag(server)) {
    const problem = { type: '', title: '', status: 412, code: 'stale', detail: 'it has changed' };
    return new Response(JSON.stringify(problem), { status: 412, headers: JSON_TYPE });
  }
  if (body) {
    const { giveOn: _, ...availability } = body;
    server = availability;
  }
  const response = new Response(JSON.stringify(server), { headers: { ...JSON_TYPE, etag: tag(server) } });
  if (between) server = between;
  between = null;
  return response;
}

const JSON_TYPE = { 'content-type': 'application/json' };
const tag = (of: Availability) => `"${of.status}-${of.reason}"`;

beforeEach(() => {
  calls.length = 0;
  between = null;
  server = { status: 'online' };
  client = new QueryClient();
  const agent = { id: 1, name: 'Meera', availability: { status: 'online' } } as Agent;
  const none = new Map();
  client.setQueryData(directoryQuery.queryKey, {
    agents: new Map([[1, agent]]),
    teams: none,
    labels: none,
    stages: none,
  });
  vi.stubGlobal('fetch', answer);
});

it('shows what is wished at once, and sets it under the tag of what was shown', async () => {
  const setting = set(client, 1, { status: 'away', reason: 'lunch' }, true);
  expect(shown(client, 1)).toEqual({ status: 'away', reason: 'lunch' });
  await expect(setting).resolves.toEqual({ kind: 'set' });
  expect(calls[1]).toEqual({
    method: 'PUT',
    match: '"online-undefined"',
    body: { status: 'away', reason: 'lunch', giveOn: true },
  });
});

it('leaves and shows what somebody else set before', async () => {
  server = { status: 'away', reason: 'training' };
  await expect(set(client, 1, { status: 'away', reason: 'lunch' })).resolves.toEqual({
    kind: 'changed',
    is: { status: 'away', reason: 'training' },
  });
  expect(calls.map(({ method }) => method)).toEqual(['GET']);
  expect(shown(client, 1)).toEqual({ status: 'away', reason: 'training' });
});

it('leaves and shows what somebody else set in between', async () => {
  between = { status: 'away', reason: 'training' };
  await expect(set(client, 1, { status: 'away', reason: 'lunch' })).resolves.toMatchObject({
    kind: 'changed',
  });
  expect(shown(client, 1)).toEqual({ status: 'away', reason: 'training' });
});

it('shows what it was where it could not be set', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('away')));
  await expect(set(client, 1, { status: 'away' })).rejects.toThrow();
  expect(shown(client, 1)).toEqual({ status: 'online' });
});
