import { queryOptions } from '@tanstack/react-query';
import { api, told } from './client';
import { firstPage, type Pages } from './pages';
import type {
  Agent,
  Customer,
  Label,
  Stage,
  Team,
  Ticket,
  TicketFilter,
  TicketPage,
  TimelineEntry,
  View,
  Viewer,
} from './types';

/** How many tickets of a list are loaded at a time. */
const PAGE = 100;

/** A ticket with all that its page shows. */
export interface WholeTicket {
  ticket: Ticket;
  timeline: TimelineEntry[];
  /** What happened to the tickets that are merged into it. */
  merged: { ticketId: number; entries: TimelineEntry[] }[];
  customer: Pick<Customer, 'id' | 'name' | 'phone' | 'email' | 'tags'>;
  /** The customer's other tickets, the newest first: those that are open and the last few of `count` closed ones, or `more`. */
  others: { open: Ticket[]; earlier: Ticket[]; count: number; more: boolean };
  /** Who else has it before them. */
  viewing: Viewer[];
  /** Whether it is no more than what a list knows of it, until the rest is loaded. */
  isPart?: true;
}

/** The names behind the ids that tickets have. */
export interface Directory {
  agents: ReadonlyMap<number, Agent>;
  teams: ReadonlyMap<number, Team>;
  labels: ReadonlyMap<number, Label>;
  stages: ReadonlyMap<number, Stage>;
}

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => told(api.GET('/v1/session', { signal })),
});

export const viewsQuery = queryOptions({
  queryKey: ['views'],
  queryFn: async ({ signal }): Promise<View[]> => (await told(api.GET('/v1/views', { signal }))).items,
});

/** A list, at first its first page; `loadMore` adds the others. Live events keep it true, so that it is never loaded anew by itself. */
export function ticketsQuery(filter: TicketFilter) {
  return queryOptions({
    queryKey: ['tickets', filter],
    queryFn: async ({ signal }): Promise<Pages> => firstPage(await ticketPage(filter, null, signal)),
    structuralSharing: false,
  });
}

/** A page of a list: its first, or the one that begins at a cursor. */
export function ticketPage(
  filter: TicketFilter,
  cursor: string | null,
  signal: AbortSignal,
): Promise<TicketPage> {
  const query = { ...filter, include: 'customer,preview', limit: PAGE, ...(cursor && { cursor }) } as const;
  return told(api.GET('/v1/tickets', { params: { query }, signal }));
}

export function ticketQuery(id: number) {
  return queryOptions({
    queryKey: ['ticket', id],
    queryFn: async ({ signal }): Promise<WholeTicket> => {
      const query = { include: 'timeline,customer,viewing' };
      const opened = await told(api.GET('/v1/tickets/{id}', { params: { path: { id }, query }, signal }));
      const { timeline, customer, viewing = [], ...rest } = opened;
      const { openTickets = [], closedTickets } = customer ?? {};
      const { items = [], count = 0, more = false } = closedTickets ?? {};
      const {
        id: customerId,
        name = null,
        phone = null,
        email = null,
        tags = [],
      } = customer ?? { id: rest.customerId };
      return {
        ticket: { ...rest, customer: { id: customerId, name } },
        timeline: timeline?.entries ?? [],
        merged: timeline?.merged ?? [],
        customer: { id: customerId, name, phone, email, tags },
        others: { open: openTickets, earlier: items, count, more },
        viewing,
      };
    },
    staleTime: ({ state }) => (state.data?.isPart ? 0 : Number.POSITIVE_INFINITY),
  });
}

/** What can be shown of a ticket's page while the rest of it is loaded. */
export function partOf(ticket: Ticket): WholeTicket {
  const { id, name } = ticket.customer ?? { id: ticket.customerId, name: null };
  return {
    ticket,
    timeline: [],
    merged: [],
    customer: { id, name, phone: null, email: null, tags: [] },
    others: { open: [], earlier: [], count: 0, more: false },
    viewing: [],
    isPart: true,
  };
}

export const directoryQuery = queryOptions({
  queryKey: ['directory'],
  queryFn: async ({ signal }): Promise<Directory> => {
    const { agents, teams, labels, stages } = await told(api.GET('/v1/directory', { signal }));
    return { agents: byId(agents), teams: byId(teams), labels: byId(labels), stages: byId(stages) };
  },
});

function byId<T extends { id: number }>(things: T[]): ReadonlyMap<number, T> {
  return new Map(things.map((thing) => [thing.id, thing]));
}
