import { expect, it } from 'vitest';
import type { Decision } from '../api/types';
import { pathOf } from './path';
import { decision, directory, seat } from './receipt.fixture';

const told = (rest: Partial<Decision>) =>
  pathOf(decision(rest), directory).map(({ title, text, state }) => `${title}: ${text} (${state})`);
const returns: Decision['pool'] = { kind: 'team', id: 31, name: 'Returns' };
const direct = { pool: null, policy: null } as const;
const rule: Decision['rule'] = { id: 3, name: 'Refunds', matched: [{ what: 'word', value: 'refund' }] };

it('past rules to the store’s pool', () => {
  expect(told({})).toEqual([
    'Asked for: Nobody (past)',
    'Rules: None matched (past)',
    'Pool: The store’s, round robin (decided)',
    'Outcome: Asha (past)',
  ]);
});

it('to the agent who was asked for', () => {
  expect(told({ route: 'asked', ...direct })).toEqual([
    'Asked for: Asha (decided)',
    'Rules: Not asked (idle)',
    'Pool: Not asked (idle)',
    'Outcome: Asha (past)',
  ]);
});

it('to the team that was asked for', () => {
  expect(told({ pool: returns, policy: 'balanced' })).toEqual([
    'Asked for: Team Returns (past)',
    'Rules: Not asked (idle)',
    'Pool: Returns, balanced (decided)',
    'Outcome: Asha (past)',
  ]);
});

it('by a rule to a team, or to an agent', () => {
  expect(told({ pool: returns, rule })).toContain('Rules: “Refunds” matched on the word “refund” (past)');
  expect(told({ route: 'rule', rule, ...direct })).toEqual([
    'Asked for: Nobody (past)',
    'Rules: “Refunds” matched on the word “refund” (decided)',
    'Pool: Not asked (idle)',
    'Outcome: Asha (past)',
  ]);
});

it('to the agent of the customer’s last ticket, and past one who could not', () => {
  expect(told({ route: 'sticky', ...direct })).toContain('Last agent: Asha (decided)');
  const skipped: Decision['skipped'] = [
    { ruleId: 3, agentId: 4, name: 'Dora', reason: 'offline' },
    { ruleId: null, agentId: 2, name: 'Bilal', reason: 'on_leave' },
  ];
  expect(told({ skipped })).toEqual([
    'Asked for: Nobody (past)',
    'Rules: One leads to Dora, who could not (past)',
    'Last agent: Bilal could not (past)',
    'Pool: The store’s, round robin (decided)',
    'Outcome: Asha (past)',
  ]);
});

it('to waiting, and to people who claim', () => {
  const nobody = { chosen: null, seats: [seat(2, 'offline')] };
  expect(told({ ...nobody, outcome: 'waiting' }).slice(-2)).toEqual([
    'Pool: The store’s, round robin (past)',
    'Outcome: Waits for somebody (decided)',
  ]);
  expect(told({ ...nobody, outcome: 'unclaimed', policy: 'unassigned' }).slice(-2)).toEqual([
    'Pool: The store’s, people claim (past)',
    'Outcome: For people to claim (decided)',
  ]);
});

it('of a ticket that was here before', () => {
  const by = { kind: 'agent', id: 2 } as const;
  expect(told({ trigger: 'handed_out' })[0]).toBe('Waited: Until somebody could (past)');
  expect(told({ trigger: 'passed', by })[0]).toBe('Passed on: By Bilal (past)');
  expect(told({ trigger: 'assigned', by, route: 'asked', ...direct })).toEqual([
    'Assigned: By Bilal (decided)',
    'Pool: Not asked (idle)',
    'Outcome: Asha (past)',
  ]);
});
