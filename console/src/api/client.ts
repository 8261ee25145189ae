import createClient, { type Middleware } from 'openapi-fetch';
import { problemOf, Unreachable } from './problem';
import type { paths } from './schema';

/** Asks people to sign in again; resolves once they have. */
type Renew = () => Promise<void>;

let renew: Renew | null = null;

/** Who asks people to sign in again when a session has ended under an open page. */
export function onSessionEnded(ask: Renew) {
  renew = ask;
}

/** A call of an ended session waits for the new one and goes again as it was, under the same Idempotency-Key. */
async function send(request: Request): Promise<Response> {
  const again = request.clone();
  const response = await reach(request);
  if (response.status !== 401 || renew === null || new URL(request.url).pathname.startsWith('/v1/session')) {
    return response;
  }
  await renew();
  return send(again);
}

async function reach(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    if (request.signal.aborted) throw error;
    throw new Unreachable(error);
  }
}

const keyed: Middleware = {
  onRequest({ request }) {
    if (request.method === 'POST' && !request.headers.has('Idempotency-Key')) {
      request.headers.set('Idempotency-Key', crypto.randomUUID());
    }
    return request;
  },
};

/** The client of Rota's API: `await told(api.GET('/v1/views'))`. */
export const api = createClient<paths>({ baseUrl: window.location.origin, fetch: send });
api.use(keyed);

type Call<D> = Promise<{ data?: D; error?: unknown; response: Response }>;

/** The body of a successful answer; throws a {@link Problem} or {@link Unreachable}. */
export async function told<D>(call: Call<D>): Promise<D> {
  const { data, error, response } = await call;
  if (!response.ok) throw problemOf(response, error);
  return data as D;
}

/** The same with the answer's ETag, which goes back as If-Match: `headers: { 'If-Match': etag }`. */
export async function toldWithTag<D>(call: Call<D>): Promise<{ data: D; etag: string | null }> {
  const answer = await call;
  return { data: await told(Promise.resolve(answer)), etag: answer.response.headers.get('etag') };
}
