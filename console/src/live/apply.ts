import type { QueryClient } from '@tanstack/react-query';
import { forget, insert, known, lists, log, put, recall, reload, see } from '../api/cache';
import { viewsQuery } from '../api/queries';
import type { DeskEvent, Ticket, TimelineEntry } from '../api/types';
import { show } from '../availability/availability';
import { before, type Looker, meets } from '../inbox/filter';
import type { News } from './connection';

export type TicketEvent = Extract<DeskEvent, { data: { ticket: Ticket } }>;

export function isOfTicket(event: DeskEvent): event is TicketEvent {
  return 'ticket' in event.data;
}

/** Brings what the page knows up to what was heard, without a request. */
export function apply(client: QueryClient, news: News, looker: Looker) {
  if (news.kind === 'reload') void reload(client);
  if (news.kind === 'gone') forget(client, news.ticketId);
  if (news.kind === 'viewing') see(client, news.ticketId, news.agents);
  if (news.kind !== 'event') return;
  if (isOfTicket(news.event)) ticket(client, news.event, looker);
  if (news.event.type === 'agent.availability_changed') {
    show(client, news.event.data.agentId, news.event.data.availability);
  }
}

function ticket(client: QueryClient, event: TicketEvent, looker: Looker) {
  const now = event.data.ticket;
  const had = known(client, now.id);
  log(client, now.id, entryOf(event));
  if (had && had.sequence > now.sequence) return;
  recall(now.id);
  put(client, now);
  for (const { filter } of lists(client)) {
    if (meets(filter, now, looker)) insert(client, filter, now, before(filter.sort));
  }
}

/** The timeline entry that an event tells of. */
function entryOf({ timestamp, data }: TicketEvent): TimelineEntry | undefined {
  if (!('change' in data) || data.change === null) return undefined;
  const { change: kind, details, by, ticket } = data;
  return { ...details, sequence: ticket.sequence, at: timestamp, by, kind };
}

/** How long counts may lag, in milliseconds: however many events come, they are asked for once in that time. */
const COUNT_EVERY = 1_000;

/** Loads the views' counts anew, soon; in a page that nobody looks at, when somebody does. */
export function countSoon(client: QueryClient): { soon: () => void; stop: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let due = false;
  const count = () => {
    timer = undefined;
    due = document.hidden;
    if (!due) void client.invalidateQueries({ queryKey: viewsQuery.queryKey });
  };
  const look = () => {
    if (due) count();
  };
  document.addEventListener('visibilitychange', look);
  return {
    soon() {
      timer ??= setTimeout(count, COUNT_EVERY);
    },
    stop() {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', look);
    },
  };
}
