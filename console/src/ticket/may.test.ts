import { expect, it } from 'vitest';
import { mayHandle, type Person } from './may';

const teams = new Map([
  [31, { members: [1, 3] }],
  [32, { members: [2] }],
]);
const roles: Person['role'][] = ['agent', 'team_manager', 'admin'];

it.each([
  [{ agentId: 1, teamId: 32 }, 'yyy'],
  [{ agentId: null, teamId: null }, 'yyy'],
  [{ agentId: null, teamId: 31 }, 'yyy'],
  [{ agentId: null, teamId: 32 }, '--y'],
  [{ agentId: 2, teamId: 31 }, '-yy'],
  [{ agentId: 3, teamId: null }, '-yy'],
  [{ agentId: 2, teamId: null }, '--y'],
])('agent 1 handles %j as agent, lead, admin: %s', (ticket, may) => {
  const found = roles.map((role) => (mayHandle(ticket, { agentId: 1, role, teams }) ? 'y' : '-'));
  expect(found.join('')).toBe(may);
});
