import { expect, it } from 'vitest';
import { momentOf } from './ends';

const now = new Date(2026, 10, 30, 13, 20, 5);

it.each([
  ['15m', new Date(2026, 10, 30, 13, 35, 5)],
  ['1h', new Date(2026, 10, 30, 14, 20, 5)],
  ['tomorrow', new Date(2026, 11, 1, 9, 0)],
  ['open', null],
] as const)('%s', (end, moment) => {
  expect(momentOf(end, now)).toEqual(moment);
});

it('takes a time that has passed for that of the next day', () => {
  expect(momentOf('time', now, '13:45')).toEqual(new Date(2026, 10, 30, 13, 45));
  expect(momentOf('time', now, '13:20')).toEqual(new Date(2026, 11, 1, 13, 20));
});
