import { expect, it } from 'vitest';
import { ticket } from '../api/ticket.fixture';
import type { DeskEvent, Ticket } from '../api/types';
import { noticeOf } from './notice';

const key = { kind: 'key', id: 'k' };
const me = { kind: 'agent', id: 1 };

function event(type: string, rest: object = {}, of: Partial<Ticket> = {}): DeskEvent {
  const data = { id: 'evt_3_1', storeId: 's', sequence: 2, url: '', by: key, ticket: ticket(of), ...rest };
  return { type, timestamp: '2026-11-25T09:00:00Z', data } as unknown as DeskEvent;
}

it.each([
  ['a ticket is given to one', event('ticket.assigned'), 'assigned'],
  ['it is given to somebody else', event('ticket.assigned', {}, { agentId: 2 }), undefined],
  ['one takes it oneself', event('ticket.assigned', { by: me, change: 'claimed' }), undefined],
  [
    'it is handed out for one comes online',
    event('ticket.assigned', { by: me, change: 'handed_out' }),
    'assigned',
  ],
  ['it is made', event('ticket.created'), undefined],
  ['its time has come', event('ticket.updated', { by: { kind: 'clock' }, change: 'woken' }), 'woken'],
  ['one wakes it oneself', event('ticket.updated', { by: me, change: 'woken' }), undefined],
  ['the customer writes again', event('ticket.reopened', { change: 'reopened' }), 'woken'],
  ['its priority changes', event('ticket.updated', { change: 'priority_set' }), undefined],
  [
    'one is mentioned, on whosever ticket',
    event('ticket.note_added', { change: 'noted', details: { mentions: [2, 1] } }, { agentId: 2 }),
    'mentioned',
  ],
  [
    'somebody notes something',
    event('ticket.note_added', { change: 'noted', details: { mentions: [] } }),
    undefined,
  ],
  ['one mentions oneself', event('ticket.note_added', { by: me, details: { mentions: [1] } }), undefined],
])('%s', (_, heard, kind) => {
  expect(noticeOf(heard, 1)?.kind).toBe(kind);
});

it('is named as the ticket is, or else after the customer', () => {
  expect(noticeOf(event('ticket.assigned'), 1)?.title).toBe('Call back');
  const untitled = { title: null, customerAddress: '+917827486670' };
  expect(noticeOf(event('ticket.assigned', {}, untitled), 1)?.title).toBe('+917827486670');
});
