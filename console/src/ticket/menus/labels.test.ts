import { expect, it } from 'vitest';
import { changeOf, checkedOf, toggled } from './labels';

const on = [[7, 8], [7]];

it('tells what is on all, some and none', () => {
  expect([7, 8, 9].map((id) => checkedOf(id, on, new Map()))).toEqual([true, 'mixed', false]);
});

it('puts on what only some have, then takes it off', () => {
  const once = toggled(8, on, new Map());
  expect(changeOf(on, once)).toEqual({ add: [8], remove: [] });
  expect(changeOf(on, toggled(8, on, once))).toEqual({ add: [], remove: [8] });
});

it('changes nothing that is as it was', () => {
  expect(changeOf(on, toggled(7, on, toggled(7, on, new Map())))).toBeNull();
  expect(changeOf(on, new Map())).toBeNull();
});
