import { expect, it } from 'vitest';
import { ticket } from '../api/ticket.fixture';
import type { Stage, Team, Ticket } from '../api/types';
import { standingOf } from './standing';

const stages = new Map([
  [1, { id: 1, name: 'Open', kind: 'open' }],
  [4, { id: 4, name: 'In progress', kind: 'open' }],
] satisfies [number, Stage][]);
const teams = new Map([[31, { name: 'Returns' } as Team]]);

it.each<[Partial<Ticket>, string]>([
  [{}, 'Open'],
  [{ stageId: 4 }, 'In progress'],
  [{ state: 'waiting', agentId: null, teamId: 31 }, 'Waiting, for somebody in Returns'],
  [{ state: 'unclaimed', agentId: null }, 'Unclaimed, for anybody to take'],
  [{ state: 'closed', closedBy: 'auto' }, 'Closed, after a quiet time'],
  [{ state: 'closed', closedBy: 'agent' }, 'Closed'],
  [{ state: 'closed', closedBy: 'merge', mergedInto: 12 }, 'Merged, into #12'],
])('%j stands as %j', (rest, told) => {
  const { title, detail } = standingOf(ticket(rest), { stages, teams });
  expect(detail ? `${title}, ${detail}` : title).toBe(told);
});
