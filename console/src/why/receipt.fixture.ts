import type { Directory } from '../api/queries';
import type { Agent, Decision, Label, Seat, Team } from '../api/types';
import type { Reason } from './ring';

export const NAMES = ['Asha', 'Bilal', 'Chen', 'Dora', 'Emeka', 'Farid'];
export const NOW = Date.parse('2026-11-30T12:00:00Z');

/** A seat for tests; agents are numbered from 1 on. */
export const seat = (agentId: number, reason: Reason, rest: Partial<Seat> = {}): Seat => ({
  agentId,
  name: NAMES[agentId - 1] ?? `Agent ${agentId}`,
  reason,
  open: null,
  limit: null,
  until: null,
  ...rest,
});

/** A decision for tests: of the store's pool, round robin, for a new ticket. */
export const decision = (rest: Partial<Decision> = {}): Decision => ({
  route: 'pool',
  rule: null,
  skipped: [],
  policy: 'round_robin',
  pool: { kind: 'store', id: null, name: null },
  turnBefore: null,
  chosen: 1,
  turnAfter: 1,
  outcome: 'assigned',
  considered: 1,
  seats: [seat(1, 'chosen')],
  others: {},
  text: '',
  at: '2026-11-30T10:00:00Z',
  trigger: 'created',
  by: { kind: 'key', id: 'shop' },
  ...rest,
});

/** Six agents, team Returns of the first two, and the label refund. */
export const directory: Directory = {
  agents: new Map(NAMES.map((name, index) => [index + 1, { id: index + 1, name, active: true } as Agent])),
  teams: new Map([[31, { id: 31, name: 'Returns', members: [2, 1] } as Team]]),
  labels: new Map([[7, { id: 7, name: 'refund' } as Label]]),
  stages: new Map(),
};
