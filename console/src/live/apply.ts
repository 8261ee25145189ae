import type { QueryClient } from '@tanstack/react-query';
import { forget, insert, known, lists, log, put, recall, reload, see } from '../api/cache';
import { type Directory, directoryQuery, ticketQuery, viewsQuery } from '../api/queries';
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
    if (meets(filter, now, looker, mentionsIn(event))) insert(client, filter, now, before(filter.sort));
  }
  // What happened to it is told with what happened to the one that it is merged into, or was.
  const merge = event.type === 'ticket.merged' || event.type === 'ticket.unmerged';
  const into = merge ? (now.mergedInto ?? had?.mergedInto) : null;
  if (into) void client.invalidateQueries({ queryKey: ticketQuery(into).queryKey });
  const missing = unknownIn(client.getQueryData(directoryQuery.queryKey), now).filter(
    (of) => !missed.has(of),
  );
  if (missing.length > 0) {
    for (const one of missing) missed.add(one);
    void client.invalidateQueries({ queryKey: directoryQuery.queryKey });
  }
}

/** Names that were asked for; some, as of what was archived long ago, the directory never has. */
const missed = new Set<string>();

function mentionsIn({ type, data }: TicketEvent): number[] {
  return type === 'ticket.note_added' ? data.details.mentions : [];
}

/** What a ticket refers to that the page has no name for: labels, teams and people may have come since it was loaded. */
function unknownIn(directory: Directory | undefined, ticket: Ticket): string[] {
  if (!directory) return [];
  const { agents, teams, labels, stages } = directory;
  const { agentId, teamId, stageId, labelIds } = ticket;
  return [
    ...(agentId === null || agents.has(agentId) ? [] : [`agent ${agentId}`]),
    ...(teamId === null || teams.has(teamId) ? [] : [`team ${teamId}`]),
    ...(stageId === null || stages.has(stageId) ? [] : [`stage ${stageId}`]),
    ...labelIds.filter((id) => !labels.has(id)).map((id) => `label ${id}`),
  ];
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
