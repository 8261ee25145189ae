import { notifyManager, type QueryClient } from '@tanstack/react-query';
import { known, put } from '../api/cache';
import { api, told } from '../api/client';
import { Problem } from '../api/problem';
import type { ProblemBody, Ticket } from '../api/types';
import { toast } from '../ui/toasts';
import { beginUndo, by, DONE, offerUndo, putBack, untilAnswered } from './commands';
import { expected, type Order } from './expected';
import { refusalOf } from './refusal';

/** How many tickets one call takes. */
const MOST = 100;

interface Done {
  ticketId: number;
  /** `null` where there was nothing to do, and there is nothing to take back. */
  entry: number | null;
}

interface Refused {
  ticketId: number;
  error: unknown;
}

interface Results {
  done: Done[];
  refused: Refused[];
}

/**
 * Has a command done on many tickets: all show it at once, those that are refused are put back and told with the reason,
 * and the others can be undone together. Resolves to the numbers of the refused ones.
 */
export async function orderAll(client: QueryClient, ids: readonly number[], what: Order): Promise<number[]> {
  const shown = show(client, ids, what);
  const results = inParts(ids, what.command, what.body);
  const undo = beginUndo(what.command, async (client) => takeBack(client, (await results).done));
  const { done, refused } = await results;
  notifyManager.batch(() => {
    for (const { ticketId, error } of refused) {
      const was = shown.get(ticketId);
      if (was) putBack(client, was.before, was.after, error);
    }
  });
  if (undo && done.length > 0) offerUndo(client, `${tickets(done.length)}: ${DONE[what.command]}`, undo);
  else undo?.drop();
  tell(client, what.command, refused);
  return refused.map(({ ticketId }) => ticketId);
}

function show(client: QueryClient, ids: readonly number[], what: Order) {
  const shown = new Map<number, { before: Ticket; after: Ticket }>();
  notifyManager.batch(() => {
    for (const id of ids) {
      const before = known(client, id);
      if (!before) continue;
      const after = expected(before, what, by(client));
      shown.set(id, { before, after });
      if (after !== before) put(client, after);
    }
  });
  return shown;
}

/** Entries are numbered by ticket, and one call takes one number: tickets of the same number go together. */
async function takeBack(client: QueryClient, done: readonly Done[]) {
  const made = done.filter((one): one is Done & { entry: number } => one.entry !== null);
  const byEntry = grouped(made, ({ entry }) => entry);
  const all: Results = { done: [], refused: [] };
  for (const [entry, some] of byEntry) {
    const ids = some.map(({ ticketId }) => ticketId);
    const { done, refused } = await inParts(ids, 'undo', { entry });
    all.done.push(...done);
    all.refused.push(...refused);
  }
  if (all.done.length > 0) toast({ kind: 'done', text: `${tickets(all.done.length)}: taken back` });
  tell(client, 'undo', all.refused);
}

async function inParts(ids: readonly number[], command: Order['command'], body: object): Promise<Results> {
  const all: Results = { done: [], refused: [] };
  for (let at = 0; at < ids.length; at += MOST) {
    const part = ids.slice(at, at + MOST);
    try {
      for (const result of await send(part, command, body)) {
        if (result.status < 300)
          all.done.push({
            ticketId: result.ticketId,
            entry: typeof result.entry === 'number' ? result.entry : null,
          });
        else
          all.refused.push({ ticketId: result.ticketId, error: new Problem(result as unknown as Refusal) });
      }
    } catch (error) {
      all.refused.push(...part.map((ticketId) => ({ ticketId, error })));
    }
  }
  return all;
}

type Refusal = ProblemBody & Record<string, unknown>;

async function send(ticketIds: number[], command: Order['command'], body: object) {
  const header = { 'Idempotency-Key': crypto.randomUUID() };
  const sent = { ticketIds, command, with: body as Record<string, never> };
  const call = () => told(api.POST('/v1/tickets/bulk', { params: { header }, body: sent }));
  return (await untilAnswered(call)).results;
}

/** Which were refused, by the reason. */
function tell(client: QueryClient, command: Order['command'], refused: readonly Refused[]) {
  const byReason = grouped(refused, ({ error }) => refusalOf(client, command, error));
  for (const [reason, some] of byReason) {
    toast({ kind: 'error', text: `${numbers(some.map(({ ticketId }) => ticketId))}: ${reason}` });
  }
}

function grouped<T, K>(all: readonly T[], keyOf: (one: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const one of all) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one]);
  return groups;
}

function numbers(ids: number[]): string {
  const named = ids
    .slice(0, 8)
    .map((id) => `#${id}`)
    .join(', ');
  return ids.length > 8 ? `${named} and ${ids.length - 8} more` : named;
}

function tickets(count: number): string {
  return count === 1 ? '1 ticket' : `${count} tickets`;
}
