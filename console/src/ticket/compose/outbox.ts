import type { QueryClient } from '@tanstack/react-query';
import { reasonOf } from '../../api/problem';
import { sessionQuery } from '../../api/queries';
import type { CommandBody } from '../../api/types';
import { createStore, useStore } from '../../ui/store';
import { toast } from '../../ui/toasts';
import { send, settle } from '../commands';
import { draftOf, type Mode, setDraft } from './drafts';

/** What is sent: a note or a message. */
export type Said =
  | { command: 'notes'; body: CommandBody<'notes'> }
  | { command: 'messages'; body: CommandBody<'messages'> };

/** Something said that the server has not answered, or of which the timeline does not yet tell. */
export type Sending = Said & {
  /** Its Idempotency-Key, for good: however often it is sent, it is recorded once. */
  key: string;
  ticketId: number;
  at: string;
  /** The timeline entry that it became; `null` until the answer. */
  entry: number | null;
};

const outbox = createStore<readonly Sending[]>([]);

/** What is on its way from this ticket; it is shown as if it were there. */
export function useSending(ticketId: number): readonly Sending[] {
  const all = useStore(outbox, (sendings) => sendings);
  return all.filter((sending) => sending.ticketId === ticketId);
}

/** Sends it now or, while the server is away or nobody is signed in, later; also after a reload. */
export function say(client: QueryClient, ticketId: number, said: Said, now: string) {
  const sending: Sending = { ...said, key: crypto.randomUUID(), ticketId, at: now, entry: null };
  keep(client, [...outbox.get(), sending]);
  void deliver(client, sending);
}

/** Goes on with what this tab had not sent before it was loaded again. */
export function resume(client: QueryClient) {
  const kept = JSON.parse(sessionStorage.getItem(nameOf(client)) ?? '[]') as Sending[];
  const known = new Set(outbox.get().map(({ key }) => key));
  const left = kept.filter(({ key }) => !known.has(key));
  outbox.set([...outbox.get(), ...left]);
  for (const sending of left) void deliver(client, sending);
}

/** Lets go of what the timeline tells by now. */
export function clear(client: QueryClient, ticketId: number, lastEntry: number) {
  const isTold = ({ ticketId: of, entry }: Sending) =>
    of === ticketId && entry !== null && entry <= lastEntry;
  if (outbox.get().some(isTold))
    keep(
      client,
      outbox.get().filter((sending) => !isTold(sending)),
    );
}

async function deliver(client: QueryClient, sending: Sending) {
  const { ticketId, key } = sending;
  try {
    const { ticket, entry } = await send(ticketId, sending, key);
    if (!ticket) {
      change(client, key, null);
      toast({ kind: 'done', text: `#${ticketId}: sent. A ticket has it that you do not see.` }, 10);
      return;
    }
    settle(client, ticket);
    const isHere = ticket.id === ticketId && entry !== null;
    change(client, key, isHere ? { ...sending, entry } : null);
    if (ticket.id !== ticketId)
      toast({ kind: 'done', text: `#${ticketId} is closed: #${ticket.id} has it` }, 10);
  } catch (error) {
    change(client, key, null);
    giveBack(client, sending);
    toast({ kind: 'error', text: `#${ticketId}: not sent. ${reasonOf(error)}` });
  }
}

/** What was refused stands where it was written, before what has been written since. */
function giveBack(client: QueryClient, { ticketId, command, body }: Sending) {
  const mode: Mode = command === 'notes' ? 'note' : body.direction;
  const agentId = agentOf(client);
  const since = draftOf(agentId, ticketId)[mode];
  setDraft(agentId, ticketId, { mode, [mode]: since ? `${body.text}\n\n${since}` : body.text });
}

function change(client: QueryClient, key: string, to: Sending | null) {
  keep(
    client,
    outbox.get().flatMap((sending) => (sending.key === key ? (to ?? []) : sending)),
  );
}

function keep(client: QueryClient, sendings: readonly Sending[]) {
  outbox.set(sendings);
  const unanswered = sendings.filter(({ entry }) => entry === null);
  if (unanswered.length === 0) sessionStorage.removeItem(nameOf(client));
  else sessionStorage.setItem(nameOf(client), JSON.stringify(unanswered));
}

/** One person's: whoever signs in next in this tab sends nothing of it. */
function nameOf(client: QueryClient): string {
  const session = client.getQueryData(sessionQuery.queryKey);
  return `rota-outbox:${session?.storeId}:${agentOf(client)}`;
}

function agentOf(client: QueryClient): number {
  return client.getQueryData(sessionQuery.queryKey)?.agent.id ?? 0;
}
