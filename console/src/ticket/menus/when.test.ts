import { expect, it } from 'vitest';
import { choices, timeOf } from './when';

/** A Wednesday, 10:20. */
const now = new Date(2026, 10, 25, 10, 20);

const shown = (at: Date | null) =>
  at &&
  `${at.toLocaleDateString('en-CA')} ${at.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })}`;

it('offers natural times', () => {
  expect(choices(now).map(({ name, at }) => [name, shown(at)])).toEqual([
    ['Later today', '2026-11-25 13:30'],
    ['Tomorrow morning', '2026-11-26 09:00'],
    ['Next Monday', '2026-11-30 09:00'],
    ['In a week', '2026-12-02 09:00'],
  ]);
});

it('offers no later today late in the day, and nothing twice', () => {
  expect(choices(new Date(2026, 10, 22, 22, 0)).map(({ name }) => name)).toEqual([
    'Tomorrow morning',
    'In a week',
  ]);
});

it.each([
  ['in 3 hours', '2026-11-25 13:20'],
  ['90m', '2026-11-25 11:50'],
  ['in an hour', '2026-11-25 11:20'],
  ['2 days', '2026-11-27 10:20'],
  ['in a week', '2026-12-02 10:20'],
  ['fri 9am', '2026-11-27 09:00'],
  ['9am friday', '2026-11-27 09:00'],
  ['friday', '2026-11-27 09:00'],
  ['wed', '2026-12-02 09:00'],
  ['next monday at 2:30 pm', '2026-11-30 14:30'],
  ['next week', '2026-11-30 09:00'],
  ['tomorrow 14:30', '2026-11-26 14:30'],
  ['tom evening', '2026-11-26 18:00'],
  ['tonight', '2026-11-25 20:00'],
  ['17:00', '2026-11-25 17:00'],
  ['9am', '2026-11-26 09:00'],
  ['12am', '2026-11-26 00:00'],
  ['25 dec', '2026-12-25 09:00'],
  ['Dec 25th, 10:15', '2026-12-25 10:15'],
  ['1 jan', '2027-01-01 09:00'],
  ['2027-02-03 8:00', '2027-02-03 08:00'],
  ['today 9am', null],
  ['31 feb', null],
  ['13pm', null],
  ['25:00', null],
  ['in', null],
  ['soon', null],
  ['fri sat', null],
  ['5', null],
])('%j is %j', (text, time) => {
  expect(shown(timeOf(text, now))).toBe(time);
});
