import { expect, it } from 'vitest';
import type { Ticket } from '../api/types';
import {
  addressOf,
  before,
  type Condition,
  conditionsIn,
  filterIn,
  filterOf,
  givenOf,
  meets,
  withCondition,
  withoutCondition,
} from './filter';

const looker = { agentId: 1, teamIds: new Set([31]) };
const ticket = {
  id: 7,
  state: 'waiting',
  agentId: null,
  teamId: 31,
  labelIds: [7],
  priority: 'high',
} as unknown as Ticket;

it('reads a view as the list is asked for', () => {
  expect(filterOf({ filter: 'state=open&label=7&label=8&stage=2', sort: 'oldest' })).toEqual({
    state: 'open',
    label: [7, 8],
    stage: 2,
    sort: 'oldest',
  });
});

it.each([
  [{}, true],
  [{ state: 'open' }, true],
  [{ state: 'owned' }, false],
  [{ agent: 'none', team: 'mine' }, true],
  [{ agent: 'me' }, false],
  [{ team: '30' }, false],
  [{ label: [7] }, true],
  [{ label: [7, 8] }, false],
  [{ q: 'asha' }, null],
  [{ q: 'asha', agent: 'me' }, false],
] as const)('%j is met: %j', (filter, met) => {
  expect(meets(filter as Parameters<typeof meets>[0], ticket, looker)).toBe(met);
});

it('sees a mention that was just heard of', () => {
  expect(meets({ mentioned: 'me', state: 'open' }, ticket, looker)).toBeNull();
  expect(meets({ mentioned: 'me', state: 'open' }, ticket, looker, [looker.agentId])).toBe(true);
  expect(meets({ mentioned: 'me', state: 'owned' }, ticket, looker, [looker.agentId])).toBe(false);
  expect(meets({ mentioned: 'me', q: 'asha' }, ticket, looker, [looker.agentId])).toBeNull();
});

it('orders as the server does', () => {
  const urgent = { ...ticket, id: 9, priority: 'urgent' } as Ticket;
  expect(before('newest')(urgent, ticket)).toBe(true);
  expect(before('oldest')(urgent, ticket)).toBe(false);
  expect(before('priority')(urgent, ticket)).toBe(true);
});

const mine = { filter: 'state=open&agent=me', sort: 'newest', standard: true };
const refunds = { filter: 'state=open&label=7&label=8', sort: 'oldest', standard: false };
const label = (value: number): Condition => ({ name: 'label', value });

it('reads an address, whatever the router made of its values', () => {
  const search = { label: 7, customer: 5233549, stage: '2', agent: 3, state: 'any', q: '', other: 1 };
  expect(givenOf(search)).toEqual({ label: [7], customer: '5233549', stage: 2, agent: '3', state: 'any' });
});

it('lays what is given over the view', () => {
  expect(filterIn(mine, { state: 'closed' })).toEqual({ state: 'closed', agent: 'me', sort: 'newest' });
  expect(filterIn(refunds, { label: 'any' })).toEqual({ state: 'open', sort: 'oldest' });
});

it('searches all tickets, whatever the view', () => {
  expect(filterIn(mine, { q: 'asha' })).toEqual({ q: 'asha', sort: 'match' });
  expect(filterIn(refunds, { q: 'asha', agent: 'me', sort: 'newest' })).toEqual({
    q: 'asha',
    agent: 'me',
    sort: 'newest',
  });
});

it('keeps a list as the address that a view has', () => {
  expect(addressOf(filterOf(refunds))).toBe(refunds.filter);
});

it('shows what is given, and all of a saved view', () => {
  expect(conditionsIn(mine, { priority: 'high', q: 'asha', state: 'any' })).toEqual([
    { name: 'priority', value: 'high' },
  ]);
  expect(conditionsIn(refunds, {})).toEqual([{ name: 'state', value: 'open' }, label(7), label(8)]);
});

it('adds a condition, beside other labels or in place of its like', () => {
  expect(withCondition(refunds, {}, label(9))).toEqual({ label: [7, 8, 9] });
  expect(withCondition(mine, { state: 'owned' }, { name: 'state', value: 'closed' })).toEqual({
    state: 'closed',
  });
});

it('takes a condition off, also one of a saved view', () => {
  expect(withoutCondition(mine, { priority: 'high' }, { name: 'priority', value: 'high' })).toEqual({});
  expect(withoutCondition(refunds, {}, label(8))).toEqual({ label: [7] });
  expect(withoutCondition(refunds, { label: [7] }, label(7))).toEqual({ label: 'any' });
});
