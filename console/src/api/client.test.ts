import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { api, onSessionEnded, told } from './client';
import { isPassing, Problem, reasonOf, Unreachable } from './problem';

const json = (body: unknown, status = 200, headers = {}) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });
const problem = (status: number, code: string, rest = {}) =>
  json({ type: `urn:rota:problem:${code}`, title: '', status, code, detail: 'it is so', ...rest }, status);

let server = vi.fn<(request: Request) => Promise<Response>>();

beforeEach(() => {
  server = vi.fn();
  vi.stubGlobal('fetch', server);
});
afterEach(() => {
  vi.unstubAllGlobals();
  onSessionEnded(() => Promise.reject(new Error('nobody asks')));
});

const claim = () => told(api.POST('/v1/tickets/{id}/claim', { params: { path: { id: 7 } }, body: {} }));

it('throws the problem that it is told', async () => {
  server.mockResolvedValue(problem(409, 'already_owned', { ownerId: 2 }));
  const error = await claim().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Problem);
  expect(error).toMatchObject({ status: 409, code: 'already_owned', body: { ownerId: 2 } });
  expect(reasonOf(error)).toBe('It is so.');
  expect(isPassing(error)).toBe(false);
});

it('tells what is no problem document by its status', async () => {
  server.mockResolvedValue(new Response('<h1>Bad gateway</h1>', { status: 502 }));
  const error = await claim().catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ status: 502, code: 'untold' });
  expect(isPassing(error)).toBe(true);
});

it('is unreachable where nothing answers', async () => {
  server.mockRejectedValue(new TypeError('failed to fetch'));
  const error = await claim().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Unreachable);
  expect(isPassing(error)).toBe(true);
});

it('gives every POST an Idempotency-Key of its own', async () => {
  server.mockImplementation(async () => json({ ticket: {}, entry: 1 }));
  await claim();
  await claim();
  const keys = server.mock.calls.map(([request]) => request.headers.get('Idempotency-Key'));
  expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
  expect(keys[0]).not.toBe(keys[1]);
});

it('sends what met an ended session once more, as it was, when one is signed in again', async () => {
  let signedIn = () => {};
  onSessionEnded(() => new Promise((resolve) => (signedIn = resolve)));
  server.mockResolvedValueOnce(problem(401, 'unauthorized'));
  server.mockResolvedValueOnce(json({ ticket: { id: 7 }, entry: 2 }));
  const body = { text: 'Called, no answer.' };
  const noted = told(api.POST('/v1/tickets/{id}/notes', { params: { path: { id: 7 } }, body }));
  await vi.waitFor(() => expect(server).toHaveBeenCalledOnce());
  signedIn();
  await expect(noted).resolves.toMatchObject({ entry: 2 });
  const [first, second] = server.mock.calls.map(([request]) => request);
  expect(second?.headers.get('Idempotency-Key')).toBe(first?.headers.get('Idempotency-Key'));
  await expect(second?.json()).resolves.toEqual(body);
});
