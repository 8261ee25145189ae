import type { QueryClient } from '@tanstack/react-query';
import { createStore } from '../ui/store';
import { indexIn, type Pages, pageOf, withPage } from './pages';
import { partOf, ticketPage, ticketQuery, ticketsQuery, type WholeTicket } from './queries';
import type { Ticket, TicketFilter, TimelineEntry, Viewer } from './types';

/** The lists that are loaded, each with what it was asked for. */
export function lists(client: QueryClient): { filter: TicketFilter; list: Pages }[] {
  return client
    .getQueriesData<Pages>({ queryKey: ['tickets'] })
    .flatMap(([key, list]) => (list ? [{ filter: key[1] as TicketFilter, list }] : []));
}

/** Loads a list's next page. What happens meanwhile to the pages that are there is not lost. */
export async function loadMore(client: QueryClient, filter: TicketFilter) {
  const { queryKey } = ticketsQuery(filter);
  const cursor = client.getQueryData(queryKey)?.pages.at(-1)?.next;
  if (!cursor) return;
  const page = await client.fetchQuery({
    queryKey: ['tickets after', filter, cursor],
    queryFn: ({ signal }) => ticketPage(filter, cursor, signal),
    gcTime: 0,
  });
  client.setQueryData(queryKey, (list) =>
    list?.pages.at(-1)?.next === cursor ? withPage(list, page) : list,
  );
}

/** The ticket as this page knows it, from its own page or a list. */
export function known(client: QueryClient, id: number): Ticket | undefined {
  const whole = client.getQueryData(ticketQuery(id).queryKey);
  if (whole) return whole.ticket;
  for (const { list } of lists(client)) {
    const items = list.pages[pageOf(list, id)]?.items;
    if (items) return items[indexIn(items, id)];
  }
  return undefined;
}

/**
 * Loads a ticket for its page. @returns what to wait for before it is shown; nothing where there is something to show. A failure
 * is the page's to tell.
 */
export function loadTicket(client: QueryClient, id: number): Promise<void> | undefined {
  const { queryKey } = ticketQuery(id);
  const listed = gone.get().has(id) ? undefined : known(client, id);
  if (listed && !client.getQueryData(queryKey)) client.setQueryData(queryKey, partOf(listed));
  const loaded = client.fetchQuery(ticketQuery(id)).then(
    () => {},
    () => {},
  );
  return listed ? undefined : loaded;
}

/** Puts a ticket wherever it is shown, without moving it. */
export function put(client: QueryClient, ticket: Ticket) {
  client.setQueryData(
    ticketQuery(ticket.id).queryKey,
    (whole) => whole && { ...whole, ticket: renewed(whole.ticket, ticket) },
  );
  client.setQueriesData<WholeTicket>({ queryKey: ['ticket'] }, (whole) => whole && withOther(whole, ticket));
  client.setQueriesData<Pages>({ queryKey: ['tickets'] }, (list) => list && withTicket(list, ticket));
}

/** A page of the same customer's ticket tells of this one too. */
function withOther(whole: WholeTicket, ticket: Ticket): WholeTicket {
  if (whole.ticket.customerId !== ticket.customerId || whole.ticket.id === ticket.id) return whole;
  const [now, then] =
    ticket.state === 'closed' ? (['earlier', 'open'] as const) : (['open', 'earlier'] as const);
  const isOlder = (other: Ticket) => other.id < ticket.id;
  const without = whole.others[then].filter(({ id }) => id !== ticket.id);
  const rest = whole.others[now].filter(({ id }) => id !== ticket.id);
  const at = rest.findIndex(isOlder);
  const among = rest.toSpliced(at < 0 ? rest.length : at, 0, ticket);
  const closed = Number(now === 'earlier') - Number(whole.others.earlier.some(({ id }) => id === ticket.id));
  const count = whole.others.count + closed;
  return { ...whole, others: { ...whole.others, [now]: among, [then]: without, count } };
}

/** A ticket with what only some answers tell of it: its context, and whom it is of. */
function renewed(had: Ticket | undefined, now: Ticket): Ticket {
  const context = now.context === undefined ? had?.context : now.context;
  const customer = now.customer ?? had?.customer;
  const preview = now.preview ?? had?.preview;
  return {
    ...now,
    ...(context !== undefined && { context }),
    ...(customer && { customer }),
    ...(preview && { preview }),
  };
}

/** Puts an entry into the timeline of a ticket's page, if it is not in it already. */
export function log(client: QueryClient, id: number, entry: TimelineEntry | undefined) {
  client.setQueryData(ticketQuery(id).queryKey, (whole) => {
    if (!whole || !entry || whole.timeline.some((known) => isSame(known, entry))) return whole;
    const at = whole.timeline.findLastIndex((known) => known.sequence <= entry.sequence);
    return { ...whole, timeline: whole.timeline.toSpliced(at + 1, 0, entry) };
  });
}

/** Who else has a ticket before them. */
export function see(client: QueryClient, id: number, viewing: Viewer[]) {
  client.setQueryData(ticketQuery(id).queryKey, (whole) => whole && { ...whole, viewing });
}

// Several entries of one command come with the ticket as the last of them left it, and so with one sequence.
function isSame(one: TimelineEntry, other: TimelineEntry): boolean {
  return one.at === other.at && one.kind === other.kind && one.text === other.text;
}

function withTicket(list: Pages, ticket: Ticket): Pages {
  const at = pageOf(list, ticket.id);
  if (at < 0) return list;
  return mapPage(list, at, (items) => {
    const index = indexIn(items, ticket.id);
    return items.with(index, renewed(items[index], ticket));
  });
}

function mapPage(list: Pages, at: number, change: (items: Ticket[]) => Ticket[]): Pages {
  const page = list.pages[at];
  return page ? { ...list, pages: list.pages.with(at, { ...page, items: change(page.items) }) } : list;
}

/** Puts a ticket before the first one of a list that `comesBefore` it, if it is not in the list already. */
export function insert(
  client: QueryClient,
  filter: TicketFilter,
  ticket: Ticket,
  comesBefore: (one: Ticket, other: Ticket) => boolean,
) {
  client.setQueryData(ticketsQuery(filter).queryKey, (list) => {
    if (!list || pageOf(list, ticket.id) >= 0) return list;
    const before = list.pages.findIndex(({ items }) => {
      const last = items.at(-1);
      return last !== undefined && comesBefore(ticket, last);
    });
    const isWhole = list.pages.at(-1)?.next === null;
    const page = before < 0 && isWhole ? list.pages.length - 1 : before;
    if (page < 0) return list;
    list.pageById.set(ticket.id, page);
    return mapPage(list, page, (items) => {
      const at = items.findIndex((other) => comesBefore(ticket, other));
      return items.toSpliced(at < 0 ? items.length : at, 0, ticket);
    });
  });
}

/** Pages in which nothing is over: a page that changes becomes another, so that each is looked through once. */
const clean = new WeakSet<readonly Ticket[]>();

/** Takes out of a list what `isOver` says, but for what `isKept` keeps. */
export function sweep(
  client: QueryClient,
  filter: TicketFilter,
  isOver: (ticket: Ticket) => boolean,
  isKept: (ticket: Ticket) => boolean = () => false,
) {
  client.setQueryData(ticketsQuery(filter).queryKey, (list) => {
    const swept = list?.pages.map((page) => {
      if (clean.has(page.items)) return page;
      if (!page.items.some(isOver)) {
        clean.add(page.items);
        return page;
      }
      const items = page.items.filter((ticket) => isKept(ticket) || !isOver(ticket));
      return items.length === page.items.length ? page : { ...page, items };
    });
    return list && swept?.some((page, at) => page !== list.pages[at]) ? { ...list, pages: swept } : list;
  });
}

/** The tickets that one no longer sees; in lists they stay until one moves on. */
export const gone = createStore<ReadonlySet<number>>(new Set());

/** Forgets a ticket that has gone out of sight; a page that shows it learns why. */
export function forget(client: QueryClient, id: number) {
  void client.resetQueries({ queryKey: ticketQuery(id).queryKey });
  gone.set(new Set(gone.get()).add(id));
  client.setQueriesData<Pages>({ queryKey: ['tickets'] }, (list) => {
    const at = list ? pageOf(list, id) : -1;
    return list && at >= 0 ? mapPage(list, at, (items) => [...items]) : list;
  });
}

/** A ticket that one sees again. */
export function recall(id: number) {
  if (!gone.get().has(id)) return;
  const others = new Set(gone.get());
  others.delete(id);
  gone.set(others);
}

/** Loads everything on the page anew: lists from their first page, the rest when it is looked at. */
export async function reload(client: QueryClient) {
  await client.invalidateQueries();
}
