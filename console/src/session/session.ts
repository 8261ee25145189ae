import { type QueryClient, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { api, onSessionEnded, told } from '../api/client';
import { Problem, reasonOf } from '../api/problem';
import { sessionQuery } from '../api/queries';
import type { SignedIn } from '../api/types';
import { forgetNotices } from '../notices/notices';
import { createStore } from '../ui/store';
import { toast } from '../ui/toasts';

const LAST_STORE = 'rota-store';
/** Tells the browser's other tabs that one has signed in again. */
const SIGNED_IN = 'rota-signed-in';
/** Tells them that one has signed out, so that they leave too. */
const SIGNED_OUT = 'rota-signed-out';

/** The store of this browser's last sign-in, whose sign-in page is shown to who is not signed in. */
export function lastStore(): string | null {
  return localStorage.getItem(LAST_STORE);
}

/** Who is signed in; for what is mounted below the desk's route, which has loaded it. */
export function useSession(): SignedIn {
  return useSuspenseQuery(sessionQuery).data;
}

export async function signIn(client: QueryClient, storeId: string, email: string, password: string) {
  await begin(client, await told(api.POST('/v1/session', { body: { storeId, email, password } })));
}

/** Sets a password by an invitation, which signs in. */
export async function accept(client: QueryClient, storeId: string, token: string, password: string) {
  await begin(client, await told(api.POST('/v1/session/invitation', { body: { storeId, token, password } })));
}

async function begin(client: QueryClient, session: SignedIn) {
  localStorage.setItem(LAST_STORE, session.storeId);
  localStorage.setItem(SIGNED_IN, JSON.stringify({ ...session, at: Date.now() }));
  const before = client.getQueryData(sessionQuery.queryKey);
  if (before && !isSame(before, session)) client.clear();
  // Signing in may know neither `idleAt` nor `lastEventId`, before which nothing may be loaded.
  await client.fetchQuery({ ...sessionQuery, staleTime: 0 });
}

export function isSame(one: SignedIn, other: SignedIn): boolean {
  return one.agent.id === other.agent.id && one.storeId === other.storeId;
}

/** Signs out and leaves the desk, where the server can be told; the page is loaded anew, so that nothing of it stays in memory. */
export function useSignOut() {
  const client = useQueryClient();
  return async () => {
    const storeId = client.getQueryData(sessionQuery.queryKey)?.storeId;
    try {
      await told(api.DELETE('/v1/session'));
    } catch (error) {
      const isOver = error instanceof Problem && error.status === 401;
      if (!isOver) return void toast({ kind: 'error', text: `You are still signed in. ${reasonOf(error)}` });
    }
    forgetNotices();
    localStorage.setItem(SIGNED_OUT, String(Date.now()));
    leave(storeId);
  };
}

function leave(storeId: string | undefined) {
  window.location.assign(storeId ? `/s/${encodeURIComponent(storeId)}` : '/');
}

/** Whether the session has ended under the open page. */
export const ended = createStore(false);
let waiting: (() => void)[] = [];

/** Asks to sign in again, in place; every call that met the end waits for it. */
export function askToSignInAgain(): Promise<void> {
  ended.set(true);
  return new Promise((resolve) => waiting.push(resolve));
}

/** Lets what has waited go on. */
export function signedInAgain() {
  const go = waiting;
  waiting = [];
  ended.set(false);
  for (const resolve of go) resolve();
}

onSessionEnded(askToSignInAgain);

/** Escape closes no dialog below the one in which one signs in again; listens before any dialog does. */
export function keepDialogsWhileEnded() {
  const keep = (event: KeyboardEvent) => {
    if (ended.get() && event.key === 'Escape') event.stopImmediatePropagation();
  };
  window.addEventListener('keydown', keep, { capture: true });
}

/** Goes on when another tab has signed in, as somebody else with a new page; leaves when one has signed out. */
export function followOtherTabs(client: QueryClient) {
  window.addEventListener('storage', ({ key, newValue }) => {
    const own = client.getQueryData(sessionQuery.queryKey);
    if (key === SIGNED_OUT && newValue !== null && own) return leave(own.storeId);
    if (key !== SIGNED_IN || newValue === null || !own) return;
    if (!isSame(own, JSON.parse(newValue))) return window.location.reload();
    if (ended.get()) signedInAgain();
  });
}
