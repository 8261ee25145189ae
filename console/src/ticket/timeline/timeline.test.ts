import { expect, it } from 'vitest';
import type { Directory } from '../../api/queries';
import type { Agent, Label, Stage, Team, TimelineEntry } from '../../api/types';
import { blocksOf, foldedOf, withMerged } from './fold';
import { wordsOf } from './words';

const directory: Directory = {
  agents: new Map([[2, { name: 'Kofi Mensah' } as Agent]]),
  teams: new Map([[31, { name: 'Returns' } as Team]]),
  labels: new Map([[7, { name: 'refund' } as Label]]),
  stages: new Map([[4, { name: 'In progress' } as Stage]]),
};
let sequence = 0;
const entry = (kind: string, rest = {}): TimelineEntry => {
  sequence += 1;
  return { sequence, at: '2026-11-25T08:00:00Z', by: { kind: 'agent', id: 1 }, kind, ...rest };
};

it.each([
  [entry('assigned', { to: { agentId: 2 } }), 'gave it to Kofi Mensah'],
  [entry('assigned', { to: { agentId: null, teamId: 31 } }), 'gave it to Returns'],
  [
    entry('passed', { reason: 'not my language', to: { agentId: 2 } }),
    'passed it on to Kofi Mensah: not my language',
  ],
  [
    entry('passed', { reason: 'away', to: { agentId: null, teamId: null } }),
    'passed it on to nobody; it waits: away',
  ],
  [entry('labelled', { added: [7], removed: [9] }), 'added refund and took off Label 9'],
  [entry('stage_set', { to: { stageId: 4 } }), 'moved it to In progress'],
  [
    entry('priority_set', { from: { priority: 'low' }, to: { priority: 'high' } }),
    'changed the priority to high',
  ],
  [entry('closed', { by: { kind: 'clock' } }), 'closed it after a quiet time'],
  [entry('merged', { to: { mergedInto: 12 } }), 'merged it into #12'],
  [entry('created', { linkedTo: 3 }), 'made the ticket, going on from #3'],
])('%j is told', (told, words) => {
  expect(wordsOf(told, directory)).toBe(words);
});

it('tells what happened to merged tickets in its time', () => {
  const at = (minute: number) => ({ at: `2026-11-25T08:0${minute}:00Z` });
  const own = [entry('created', at(0)), entry('noted', at(3))];
  const merged = [{ ticketId: 12, entries: [entry('created', at(1)), entry('merged', at(4))] }];
  expect(withMerged(own, merged).map(({ kind, ticketId }) => [kind, ticketId])).toEqual([
    ['created', undefined],
    ['created', 12],
    ['noted', undefined],
    ['merged', 12],
  ]);
});

it('keeps what was said apart from runs of changes', () => {
  const entries = ['created', 'assigned', 'noted', 'message', 'labelled'].map((kind) => entry(kind));
  expect(
    blocksOf(entries).map((block) => (block.is === 'said' ? block.entry.kind : block.entries.length)),
  ).toEqual([2, 'noted', 'message', 1]);
});

it('folds the middle of a long run', () => {
  const run = (count: number) => foldedOf(Array.from({ length: count }, () => entry('labelled')));
  expect([run(4), run(5), run(12)]).toEqual([0, 2, 9]);
});
