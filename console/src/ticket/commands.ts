import type { QueryClient } from '@tanstack/react-query';
import { known, put } from '../api/cache';
import { api, told } from '../api/client';
import { isPassing, Problem } from '../api/problem';
import { sessionQuery, ticketQuery } from '../api/queries';
import type { CommandName, Ticket } from '../api/types';
import { backoff } from '../live/backoff';
import { pauseOrOnline } from '../live/connection';
import { createStore } from '../ui/store';
import { toast } from '../ui/toasts';
import { type By, expected, type Order } from './expected';
import { refusalOf } from './refusal';

/** For how long the server takes a change back, in seconds (desk 1). */
const UNDO_WITHIN = 10;
/** What is said of a command that is done; one that is not here can not be undone and says nothing. */
export const DONE: Partial<Record<CommandName, string>> = {
  claim: 'Claimed',
  assign: 'Assigned',
  pass: 'Passed on',
  close: 'Closed',
  reopen: 'Reopened',
  snooze: 'Snoozed',
  wake: 'Woken',
  stage: 'Stage changed',
  priority: 'Priority changed',
  labels: 'Labels changed',
  merge: 'Merged',
};

/** A change that `undo` takes back. */
export interface Undoable {
  /** Waits for the change's answer, if it has not come. */
  takeBack: (client: QueryClient) => Promise<void>;
  /** There is nothing to take back after all. */
  drop: () => void;
  close: () => void;
}

const undoable = createStore<Undoable | null>(null);

/** Whether there is something that `undo` would take back. */
export function canUndo(): boolean {
  return undoable.get() !== null;
}

/**
 * Has a command done: it shows at once, and where it is refused the ticket is put back and the reason is told. Resolves to
 * the ticket afterwards, or `null` when it was refused.
 */
export async function order(client: QueryClient, id: number, what: Order): Promise<Ticket | null> {
  const before = known(client, id);
  const shown = before && expected(before, what, by(client));
  if (shown && shown !== before) put(client, shown);
  const sent = send(id, what, crypto.randomUUID());
  const undo = beginUndo(what.command, async (client) => {
    const { entry } = await sent;
    if (entry !== null) await takeBack(client, id, entry);
  });
  try {
    const { ticket, entry } = await sent;
    // It may have gone out of sight: then there is nothing to show of it.
    if (ticket) settle(client, ticket);
    if (undo && entry !== null) offerUndo(client, `#${id}: ${DONE[what.command]}`, undo);
    else undo?.drop();
    return ticket ?? shown ?? before ?? null;
  } catch (error) {
    undo?.drop();
    if (before && shown) putBack(client, before, shown, error);
    toast({ kind: 'error', text: `#${id}: ${refusalOf(client, what.command, error)}` });
    return null;
  }
}

/** Who orders, and when. */
export function by(client: QueryClient): By {
  const agentId = client.getQueryData(sessionQuery.queryKey)?.agent.id ?? 0;
  return { agentId, now: new Date().toISOString() };
}

/** Takes the last change back, if it is not too late. */
export async function undo(client: QueryClient) {
  const last = undoable.get();
  if (!last) return;
  undoable.set(null);
  last.close();
  // Why it was refused is told where it was sent.
  await last.takeBack(client).catch(() => {});
}

async function takeBack(client: QueryClient, id: number, entry: number) {
  const back = await order(client, id, { command: 'undo', body: { entry } });
  if (back) toast({ kind: 'done', text: `#${id}: taken back` });
}

/** From when it is sent, a change is what `undo` takes back; one that cannot be taken back leaves nothing to it. */
export function beginUndo(command: CommandName, takeBack: Undoable['takeBack']): Undoable | null {
  if (command === 'undo') return null;
  undoable.get()?.close();
  const begun: Undoable = {
    takeBack,
    drop: () => undoable.get() === begun && undoable.set(null),
    close: () => {},
  };
  undoable.set(DONE[command] ? begun : null);
  return DONE[command] ? begun : null;
}

/** Says what is done, and has `undo` take it back for as long as the server does, unless something else was done since. */
export function offerUndo(client: QueryClient, text: string, begun: Undoable) {
  if (undoable.get() !== begun) {
    toast({ kind: 'done', text });
    return;
  }
  const action = { title: 'Undo', run: () => void undo(client) };
  begun.close = toast({ kind: 'done', text, action }, UNDO_WITHIN);
  setTimeout(begun.drop, UNDO_WITHIN * 1000);
}

/** Sends a command under one Idempotency-Key. */
export function send(id: number, { command, body }: Order, key: string) {
  const header = { 'Idempotency-Key': key };
  // Every command's path takes a body of its own and answers alike.
  const path = `/v1/tickets/{id}/${command}` as '/v1/tickets/{id}/undo';
  return untilAnswered(() =>
    told(api.POST(path, { params: { path: { id }, header }, body: body as { entry: number } })),
  );
}

/** Sends until an answer comes, as the page promises while there is no connection; the call has to carry one Idempotency-Key. */
export async function untilAnswered<A>(call: () => Promise<A>): Promise<A> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await call();
    } catch (error) {
      if (!isPassing(error)) throw error;
      await pauseOrOnline(backoff(tries, Math.random));
    }
  }
}

/** The server's word, unless a later event was faster. */
export function settle(client: QueryClient, ticket: Ticket) {
  const now = known(client, ticket.id);
  if (!now || now.sequence <= ticket.sequence) put(client, ticket);
}

/** Whose the ticket is by now, where a refused claim tells it. */
function ownerIn(error: unknown): Partial<Ticket> {
  if (!(error instanceof Problem) || error.code !== 'already_owned') return {};
  return { state: 'owned', agentId: Number(error.body.ownerId), waitingIn: null };
}

/** Shows a refused ticket as it was, or as the refusal tells it. */
export function putBack(client: QueryClient, before: Ticket, shown: Ticket, error: unknown) {
  const told = error instanceof Problem ? (error.body.ticket as Ticket | undefined) : undefined;
  if (told) return put(client, told);
  const isStillShown = known(client, before.id)?.sequence === shown.sequence;
  if (isStillShown) put(client, { ...before, ...ownerIn(error) });
  void client.invalidateQueries({ queryKey: ticketQuery(before.id).queryKey });
}
