import { expect, it } from 'vitest';
import { askedAt, matching, mentionsIn } from './mentions';

const agents = [
  { id: 1, name: 'Ann' },
  { id: 2, name: 'Ann Lee' },
  { id: 3, name: 'मीरा अय्यर' },
];

it.each([
  ['@Ann Lee, see this', [2]],
  ['@Ann and @Ann Lee and @Ann', [1, 2]],
  ['@Anna', []],
  ['(@मीरा अय्यर)', [3]],
  ['nobody@Ann.example', []],
  ['', []],
])('%j mentions %j', (text, ids) => {
  expect(mentionsIn(text, agents)).toEqual(ids);
});

it.each([
  ['see @an', 'an'],
  ['@', ''],
  ['@Ann L', 'Ann L'],
  ['@Ann Lee did', null],
  ['mail a@b', null],
  ['(@मी', 'मी'],
])('%j asks for %j', (text, typed) => {
  expect(askedAt(text, text.length)?.typed ?? null).toBe(typed);
});

it('finds by any word of the name', () => {
  expect(matching(agents, 'le').map(({ id }) => id)).toEqual([2]);
  expect(matching(agents, '').length).toBe(3);
});
