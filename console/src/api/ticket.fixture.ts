import type { WholeTicket } from './queries';
import type { Ticket } from './types';

/** A ticket for tests: 7, agent 1's. */
export const ticket = (rest: Partial<Ticket> = {}): Ticket => ({
  id: 7,
  state: 'owned',
  stageId: 1,
  agentId: 1,
  teamId: null,
  waitingIn: null,
  customerId: '5',
  channel: 'tasks',
  brandAddress: null,
  customerAddress: null,
  title: 'Call back',
  priority: 'normal',
  labelIds: [],
  passedBy: [],
  touched: false,
  createdAt: '2026-11-25T08:00:00Z',
  createdBy: { kind: 'key', id: 'k' },
  openedAt: '2026-11-25T08:00:00Z',
  heardAt: null,
  changedAt: '2026-11-25T08:00:00Z',
  snoozedUntil: null,
  closedAt: null,
  closedBy: null,
  mergedInto: null,
  linkedTo: null,
  sequence: 1,
  ...rest,
});

/** The rest of a ticket's page: customer 5, of whom nothing else is known. */
export const nobody: Pick<WholeTicket, 'merged' | 'customer' | 'others' | 'viewing'> = {
  merged: [],
  customer: { id: '5', name: null, phone: null, email: null, tags: [] },
  others: { open: [], earlier: [], count: 0, more: false },
  viewing: [],
};
