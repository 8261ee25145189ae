import { describe, expect, it } from 'vitest';
import type { Decision } from '../api/types';
import { membersOf } from './members';
import { decision, directory, seat } from './receipt.fixture';
import { fold, keyOf, type Place, type Reason, ringOf } from './ring';

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** A place in one word: `1`, `7×offline`, `+3`, with `last` and `next`. */
function told(place: Place): string {
  const turns = `${place.isLast ? ' last' : ''}${place.isNext ? ' next' : ''}`;
  switch (place.kind) {
    case 'seat':
      return `${place.seat.agentId} ${place.seat.reason}${turns}`;
    case 'agent':
      return `${place.agentId}${turns}`;
    case 'run':
      return `${place.seats.length}×${place.reason}`;
    case 'rest':
      return `+${place.count} ${place.passed ? 'passed' : 'unreached'}`;
  }
}

const shown = (one: Decision, members: number[] | null) => ringOf(one, members).places.map(told);

describe('a turn', () => {
  const turn = decision({
    turnBefore: 2,
    seats: [seat(3, 'at_limit'), seat(4, 'offline'), seat(5, 'chosen')],
    chosen: 5,
    turnAfter: 5,
    considered: 6,
    others: { not_their_turn: 3 },
  });

  it('goes from the last one over those passed to the chosen one, and on to the next', () => {
    const ring = ringOf(turn, upTo(6));
    expect(ring.places.map(told)).toEqual([
      '2 last',
      '3 at_limit',
      '4 offline',
      '5 chosen',
      '6 next',
      '+1 unreached',
    ]);
    expect(ring.sweep).toEqual({ from: 0, to: 3 });
    expect(ring.next).toEqual({ from: 3, to: 4 });
  });

  it('names nobody as next where the pool is another one by now', () => {
    for (const members of [upTo(7), [1, 2, 3, 5, 6, 7], null]) {
      const ring = ringOf(turn, members);
      expect(ring.places.map(told)).toEqual([
        '2 last',
        '3 at_limit',
        '4 offline',
        '5 chosen',
        '+2 unreached',
      ]);
      expect(ring.next).toBeNull();
    }
  });

  it('still counts the last one as of the rest only where it was in the pool', () => {
    const gone = { ...turn, considered: 5, others: { not_their_turn: 2 } };
    expect(shown(gone, [1, 3, 4, 5, 6])).toEqual([
      '2 last',
      '3 at_limit',
      '4 offline',
      '5 chosen',
      '6 next',
      '+1 unreached',
    ]);
  });
});

it('goes all the way round where only the last one could take it', () => {
  const seats = [seat(2, 'offline'), seat(3, 'offline'), seat(1, 'chosen')];
  const ring = ringOf(decision({ turnBefore: 1, seats, considered: 3 }), upTo(3));
  expect(ring.places.map(told)).toEqual(['1 chosen last', '2 offline', '3 offline']);
  expect(ring.sweep).toEqual({ from: 0, to: 0 });
  expect(ring.next).toBeNull();
});

it('goes all the way round where nobody could', () => {
  const seats = [seat(3, 'offline'), seat(1, 'at_limit'), seat(2, 'on_leave')];
  const one = decision({
    turnBefore: 2,
    seats,
    chosen: null,
    turnAfter: 2,
    considered: 3,
    outcome: 'waiting',
  });
  const ring = ringOf(one, upTo(3));
  expect(ring.places.map(told)).toEqual(['2 on_leave last', '3 offline', '1 at_limit']);
  expect(ring.sweep).toEqual({ from: 0, to: 0 });
  expect(ring.next).toBeNull();
});

it('leads nowhere where the first one gets the first ticket', () => {
  const ring = ringOf(decision({ considered: 2, others: { not_their_turn: 1 } }), upTo(2));
  expect(ring.places.map(told)).toEqual(['1 chosen', '2 next']);
  expect(ring.sweep).toBeNull();
  expect(ring.next).toEqual({ from: 0, to: 1 });
});

it('is one seat where the pool has one agent', () => {
  const ring = ringOf(decision({ turnBefore: 1 }), [1]);
  expect(ring).toEqual({
    places: [{ kind: 'seat', seat: seat(1, 'chosen'), isLast: true, isNext: false }],
    sweep: null,
    next: null,
  });
});

it('points back to the last one where it is next', () => {
  const one = decision({ turnBefore: 2, considered: 2, others: { not_their_turn: 1 } });
  const ring = ringOf(one, [1, 2]);
  expect(ring.places.map(told)).toEqual(['2 last next', '1 chosen']);
  expect(ring.next).toEqual({ from: 1, to: 0 });
});

it('leaves the turn with whom it was where a ticket was passed on', () => {
  const seats = [seat(2, 'passed_before'), seat(3, 'chosen')];
  const one = decision({
    turnBefore: 1,
    turnAfter: 1,
    chosen: 3,
    seats,
    considered: 3,
    others: { not_their_turn: 1 },
  });
  const ring = ringOf(one, upTo(3));
  expect(ring.places.map(told)).toEqual(['1 last', '2 passed_before next', '3 chosen']);
  expect(ring.next).toEqual({ from: 0, to: 1 });
});

it('has those that were passed without being listed before the chosen one', () => {
  const seats = [...upTo(15).map((id) => seat(id, 'offline')), seat(30, 'chosen')];
  const one = decision({
    turnBefore: null,
    chosen: 30,
    turnAfter: 30,
    seats,
    considered: 40,
    others: { offline: 24 },
  });
  expect(shown(one, upTo(40))).toEqual(['15×offline', '+14 passed', '30 chosen', '31 next', '+9 unreached']);
  expect(shown(one, null)).toEqual(['15×offline', '30 chosen', '+24 unreached']);
});

it('counts the last one once where the receipt is too short for it', () => {
  const seats = upTo(15).map((id) => seat(id, 'offline'));
  const one = decision({
    turnBefore: 20,
    turnAfter: 20,
    chosen: null,
    seats,
    considered: 20,
    others: { offline: 5 },
  });
  expect(shown(one, upTo(20))).toEqual(['20 last', '15×offline', '+4 passed']);
});

describe('every way to pass 0 to 9 seats, each for one of two reasons', () => {
  const REASONS: Reason[] = ['offline', 'at_limit'];
  for (const count of upTo(10).map((more) => more - 1)) {
    it(`shows each of ${count} once, in their order, and folds what is more than three alike`, () => {
      for (let bits = 0; bits < 2 ** count; bits += 1) {
        const passed = upTo(count).map((id) => seat(id, REASONS[(bits >> (id - 1)) & 1] as Reason));
        const places = fold(passed, () => ({ isLast: false, isNext: false }));
        const seats = places.flatMap((place) =>
          place.kind === 'run' ? place.seats : place.kind === 'seat' ? [place.seat] : [],
        );
        expect(seats).toEqual(passed);
        const runs = places.filter((place) => place.kind === 'run');
        expect(
          runs.every((run) => run.seats.length > 3 && run.seats.every(({ reason }) => reason === run.reason)),
        ).toBe(true);
        const alone = places.map((place) => (place.kind === 'seat' ? place.seat.reason : null));
        for (let at = 3; at < alone.length; at += 1) {
          const four = alone.slice(at - 3, at + 1);
          expect(four.every((reason) => reason !== null && reason === four[0])).toBe(false);
        }
      }
    });
  }
});

describe('every turn in pools of 1 to 16', () => {
  for (const count of upTo(16)) {
    it(`has everybody of ${count} once, from each last one to each chosen one`, () => {
      for (const last of [null, ...upTo(count)]) {
        for (const chosen of [null, ...upTo(count)]) {
          const one = walked(count, last, chosen);
          const { places, sweep, next } = ringOf(one, upTo(count));
          const counted = places.reduce((sum, place) => sum + size(place), 0);
          expect(counted).toBe(count);
          expect(new Set(places.map(keyOf)).size).toBe(places.length);
          if (last !== null) expect(places[0]?.isLast).toBe(true);
          expect(places.filter(({ isNext }) => isNext).length).toBe(next ? 1 : 0);
          const end = sweep && places[sweep.to];
          if (end && chosen !== null) expect(told(end)).toMatch(new RegExp(`^${chosen} chosen`));
          if (chosen === null && places.length > 1) expect(sweep).toEqual({ from: 0, to: 0 });
        }
      }
    });
  }

  function size(place: Place): number {
    return place.kind === 'run' ? place.seats.length : place.kind === 'rest' ? place.count : 1;
  }

  /** A walk round `count` agents of whom only `chosen` is met as able. */
  function walked(count: number, last: number | null, chosen: number | null): Decision {
    const order = [...upTo(count).slice(last ?? 0), ...upTo(count).slice(0, last ?? 0)];
    const end = chosen === null ? count : order.indexOf(chosen) + 1;
    const way = order.slice(0, end).map((id) => seat(id, id === chosen ? 'chosen' : 'offline'));
    const passed = way.filter(({ reason }) => reason !== 'chosen').slice(0, 15);
    const won = way.filter(({ reason }) => reason === 'chosen');
    const seats = [...passed, ...won];
    const unlisted = count - seats.length;
    return decision({
      turnBefore: last,
      turnAfter: chosen ?? last,
      chosen,
      outcome: chosen === null ? 'waiting' : 'assigned',
      considered: count,
      seats,
      others: unlisted > 0 ? { not_their_turn: unlisted } : {},
    });
  }
});

describe('the members of a pool', () => {
  it('are its team’s, in the order of their ids, or everybody active', () => {
    expect(membersOf({ kind: 'team', id: 31, name: 'Returns' }, directory)).toEqual([1, 2]);
    expect(membersOf({ kind: 'store', id: null, name: null }, directory)).toEqual([1, 2, 3, 4, 5, 6]);
  });
  it('are not known of a team that is not there any more, and of no pool', () => {
    expect(membersOf({ kind: 'team', id: 99, name: 'Gone' }, directory)).toBeNull();
    expect(membersOf(null, directory)).toBeNull();
  });
});
