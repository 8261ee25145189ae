import { expect, it } from 'vitest';
import type { Agent } from '../../api/types';
import { found } from '../../ui/options';
import { inOrder, loadOf, presenceOf } from './people';

const agent = (id: number, name: string, rest: Partial<Agent> = {}) =>
  ({ id, name, active: true, availability: { status: 'online' }, open: 0, ...rest }) as Agent;
const away = { availability: { status: 'away' } } as const;

it('has oneself first, then who is there and has the least', () => {
  const agents = [
    agent(1, 'Zoe', { open: 9 }),
    agent(2, 'Ann', { open: 5 }),
    agent(3, 'Bo', { open: 2 }),
    agent(4, 'Cy', { ...away, open: 0 }),
    agent(5, 'Di', { active: false }),
    agent(6, 'Al', { open: 2 }),
  ];
  expect(inOrder(agents, 1).map(({ id }) => id)).toEqual([1, 6, 3, 2, 4]);
});

it('tells loads and who is there', () => {
  expect(loadOf({ open: 4 })).toBe('4 open');
  expect(loadOf({ open: 4, maxOpen: 20 })).toBe('4 of 20');
  expect(loadOf({ open: 0, maxOpen: null })).toBe('0 open');
  const agents = new Map([agent(1, 'Ann'), agent(2, 'Bo', away)].map((one) => [one.id, one]));
  expect(presenceOf({ members: [1, 2, 9] }, agents)).toBe('1 of 3 online');
});

it('finds by the beginnings of words', () => {
  const options = ['Meera Iyer', 'Ines Duarte'].map((title) => ({ id: title, title }));
  expect(found(options, 'iy me').map(({ id }) => id)).toEqual(['Meera Iyer']);
  expect(found(options, 'era')).toEqual([]);
  expect(found(options, '')).toHaveLength(2);
});
