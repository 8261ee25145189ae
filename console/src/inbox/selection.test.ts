import { beforeEach, expect, it } from 'vitest';
import { extend, isSelected, select, selection, toggle } from './selection';

const order = [9, 8, 7, 6, 5];
const to = (id: number, anchor = 9) =>
  extend(anchor, (from) => {
    const [one, other] = [order.indexOf(from), order.indexOf(id)].sort();
    return order.slice(one, (other ?? 0) + 1);
  });
const ids = () => [...selection.get().ids].sort((a, b) => b - a);

beforeEach(() => select([]));

it('chooses one after the other, and no longer', () => {
  toggle(9);
  toggle(5);
  toggle(9);
  expect(ids()).toEqual([5]);
  expect([isSelected(5), isSelected(9)]).toEqual([true, false]);
});

it('extends from where one began, and back', () => {
  to(8);
  to(6);
  expect(ids()).toEqual([9, 8, 7, 6]);
  to(8);
  expect(ids()).toEqual([9, 8]);
});

it('extends from the last one that was chosen, beside the others', () => {
  toggle(5);
  toggle(8);
  to(7);
  expect(ids()).toEqual([8, 7, 5]);
});

it('is nothing after it was cleared', () => {
  toggle(8);
  select([]);
  to(8, 9);
  expect(ids()).toEqual([9, 8]);
});
