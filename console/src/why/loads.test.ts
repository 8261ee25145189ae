import { expect, it } from 'vitest';
import { loadsOf } from './loads';
import { decision, seat } from './receipt.fixture';

it('has the fewest first, those alike by turn, then who could not, and the counted last', () => {
  const seats = [
    seat(4, 'more_load', { open: 5 }),
    seat(6, 'offline', { open: 0 }),
    seat(2, 'more_load', { open: 5, limit: 20 }),
    seat(3, 'at_limit', { open: 2, limit: 2 }),
    seat(1, 'chosen', { open: 3 }),
  ];
  const { places, most } = loadsOf(
    decision({ policy: 'balanced', seats, others: { not_their_turn: 2, offline: 1 } }),
  );
  expect(places.map((place) => (place.kind === 'seat' ? place.seat.agentId : place.kind))).toEqual([
    1,
    4,
    2,
    3,
    6,
    'rest',
  ]);
  expect(places.at(-1)).toMatchObject({ count: 3, passed: false });
  expect(most).toBe(20);
});

it('folds more than three who could not for the same reason', () => {
  const seats = [
    ...[2, 3].map((id) => seat(id, 'offline', { open: 1 })),
    seat(5, 'on_leave', { open: 0 }),
    ...[4, 6].map((id) => seat(id, 'offline', { open: 1 })),
  ];
  const { places } = loadsOf(decision({ policy: 'balanced', chosen: null, outcome: 'waiting', seats }));
  expect(places.map(({ kind }) => kind)).toEqual(['run', 'seat']);
});

it('has room for a bar where nobody has a ticket', () => {
  expect(loadsOf(decision({ policy: 'balanced', seats: [seat(1, 'chosen', { open: 0 })] })).most).toBe(1);
});
