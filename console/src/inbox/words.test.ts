import { expect, it } from 'vitest';
import type { Directory } from '../api/queries';
import type { Condition } from './filter';
import { choicesOf, conditionWords } from './words';

const directory = {
  agents: new Map([
    [3, { id: 3, name: 'Meera Iyer', active: true }],
    [4, { id: 4, name: 'Gone Person', active: false }],
  ]),
  teams: new Map([[31, { id: 31, name: 'Returns', active: true }]]),
  labels: new Map([[7, { id: 7, name: 'refund', active: true }]]),
  stages: new Map([[2, { id: 2, name: 'In progress', kind: 'open' }]]),
} as unknown as Directory;

it.each([
  [{ name: 'agent', value: 'me' }, 'Me'],
  [{ name: 'agent', value: '3' }, 'Meera Iyer'],
  [{ name: 'agent', value: '9' }, 'Agent 9'],
  [{ name: 'stage', value: 2 }, 'In progress'],
  [{ name: 'olderThan', value: '3d' }, 'Older than 3 days'],
  [{ name: 'youngerThan', value: '1h' }, 'Newer than 1 hour'],
] as [Condition, string][])('says %j as %s', (condition, words) => {
  expect(conditionWords(condition, directory)).toBe(words);
});

const offered = (text: string) => choicesOf(directory, text).map(({ group, words }) => `${group}: ${words}`);

it('offers what begins with the words that are typed', () => {
  expect(offered('mee')).toEqual(['Agent: Meera Iyer']);
  expect(offered('gone')).toEqual([]);
  expect(offered('priority u')).toEqual(['Priority: Urgent']);
  expect(offered('age')).toContain('Age: Older than 3 days');
});

it('offers any age, and any customer, as it is typed', () => {
  expect(offered('5h')).toEqual(['Age: Older than 5 hours', 'Age: Newer than 5 hours', 'Customer: 5h']);
  expect(offered('customer 5233549')).toEqual(['Customer: 5233549']);
});
