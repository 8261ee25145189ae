import { QueryClient } from '@tanstack/react-query';
import { beforeEach, expect, it } from 'vitest';
import { gone } from '../api/cache';
import { firstPage } from '../api/pages';
import { type Directory, directoryQuery, ticketQuery, ticketsQuery } from '../api/queries';
import { nobody, ticket } from '../api/ticket.fixture';
import type { DeskEvent, Ticket, TicketFilter } from '../api/types';
import { apply } from './apply';

const looker = { agentId: 1, teamIds: new Set<number>() };
const mine: TicketFilter = { state: 'open', agent: 'me', sort: 'newest' };
const closed: TicketFilter = { state: 'closed', sort: 'newest' };

let client: QueryClient;

const load = (filter: TicketFilter, items: Ticket[]) =>
  client.setQueryData(ticketsQuery(filter).queryKey, firstPage({ items, next: null, upToDate: true }));
const ids = (filter: TicketFilter) =>
  client.getQueryData(ticketsQuery(filter).queryKey)?.pages.flatMap((page) => page.items.map(({ id }) => id));
const hear = (type: string, now: Ticket, rest = {}) => {
  const data = {
    id: 'evt_1_0',
    storeId: 's',
    sequence: 1,
    ticket: now,
    url: '',
    by: { kind: 'agent', id: 1 },
    ...rest,
  };
  const event = { type, timestamp: '2026-11-25T09:00:00Z', data } as unknown as DeskEvent;
  apply(client, { kind: 'event', id: 'evt_1_0', event }, looker);
};

beforeEach(() => {
  client = new QueryClient();
  load(mine, [ticket({ id: 9 }), ticket({ id: 7 }), ticket({ id: 3 })]);
  load(closed, []);
});

it('puts a new ticket where it belongs, and nowhere else', () => {
  hear('ticket.created', ticket({ id: 8 }));
  expect(ids(mine)).toEqual([9, 8, 7, 3]);
  expect(ids(closed)).toEqual([]);
});

it('leaves a ticket that belongs elsewhere now in its place', () => {
  hear('ticket.closed', ticket({ state: 'closed', sequence: 2 }));
  expect(ids(mine)).toEqual([9, 7, 3]);
  expect(ids(closed)).toEqual([7]);
});

it('adds what happened to the open page, once', () => {
  client.setQueryData(ticketQuery(7).queryKey, {
    ticket: ticket({ context: 'Order 1042' }),
    timeline: [],
    ...nobody,
  });
  const noted = { change: 'noted', details: { text: 'Called.', mentions: [] } };
  hear('ticket.note_added', ticket({ sequence: 2 }), noted);
  hear('ticket.note_added', ticket({ sequence: 2 }), noted);
  const whole = client.getQueryData(ticketQuery(7).queryKey);
  expect(whole?.ticket).toMatchObject({ sequence: 2, context: 'Order 1042' });
  expect(whole?.timeline).toEqual([
    {
      sequence: 2,
      at: '2026-11-25T09:00:00Z',
      by: { kind: 'agent', id: 1 },
      kind: 'noted',
      text: 'Called.',
      mentions: [],
    },
  ]);
});

it('takes nothing older for newer', () => {
  hear('ticket.updated', ticket({ priority: 'urgent', sequence: 3 }));
  hear('ticket.updated', ticket({ priority: 'low', sequence: 2 }));
  const shown = client.getQueryData(ticketsQuery(mine).queryKey)?.pages[0]?.items[1];
  expect(shown?.priority).toBe('urgent');
});

it('keeps what has gone out of sight in its place, marked, until it is seen again', () => {
  apply(client, { kind: 'gone', id: 'evt_2_0', ticketId: 7 }, looker);
  expect(ids(mine)).toEqual([9, 7, 3]);
  expect([...gone.get()]).toEqual([7]);
  hear('ticket.assigned', ticket({ sequence: 3 }));
  expect([...gone.get()]).toEqual([]);
});

it('puts a ticket into the list of mentions when a note mentions one', () => {
  const mentions: TicketFilter = { state: 'open', mentioned: 'me', sort: 'newest' };
  load(mentions, []);
  hear('ticket.note_added', ticket({ sequence: 2 }), { change: 'noted', details: { mentions: [2] } });
  expect(ids(mentions)).toEqual([]);
  hear('ticket.note_added', ticket({ sequence: 3 }), { change: 'noted', details: { mentions: [1] } });
  expect(ids(mentions)).toEqual([7]);
});

it('asks for names that it does not have, once', () => {
  const none: Directory = { agents: new Map(), teams: new Map(), labels: new Map(), stages: new Map() };
  const isAsked = () => client.getQueryState(directoryQuery.queryKey)?.isInvalidated;
  client.setQueryData(directoryQuery.queryKey, none);
  hear('ticket.updated', ticket({ labelIds: [404], sequence: 2 }));
  expect(isAsked()).toBe(true);
  client.setQueryData(directoryQuery.queryKey, none);
  hear('ticket.updated', ticket({ labelIds: [404], sequence: 3 }));
  expect(isAsked()).toBe(false);
});

it('loads a survivor’s page anew when something is merged into it', () => {
  client.setQueryData(ticketQuery(3).queryKey, { ticket: ticket({ id: 3 }), timeline: [], ...nobody });
  hear('ticket.merged', ticket({ state: 'closed', mergedInto: 3, sequence: 2 }));
  expect(client.getQueryState(ticketQuery(3).queryKey)?.isInvalidated).toBe(true);
});
