import type { Decision, Seat } from '../api/types';

export type Reason = Seat['reason'];

/** How many seats alike, one after the other, are still shown each by itself. */
const APART = 3;

/** Something at one place of the ring, or one bar. */
export type Place = { isLast: boolean; isNext: boolean } & (
  | { kind: 'seat'; seat: Seat }
  /** More than three alike. */
  | { kind: 'run'; reason: Reason; seats: Seat[] }
  /** Somebody of whom the receipt tells nothing but that the turn was or is theirs. */
  | { kind: 'agent'; agentId: number }
  /** Those that the receipt only counts; `passed` on the way to the chosen one, or not reached. */
  | { kind: 'rest'; count: number; passed: boolean }
);

/** A pool's agents clockwise in the order of their ids, beginning with the last one. */
export interface Ring {
  places: Place[];
  /** Places from and to which the way led; the same one twice: all the way round. */
  sweep: { from: number; to: number } | null;
  /** The place whose turn comes after the decision's. */
  next: { from: number; to: number } | null;
}

/**
 * @param members the pool's agents as they are now, in the order of their ids. Where that is no more who was considered,
 *   those not listed stay without names, and nobody is next.
 */
export function ringOf(decision: Decision, members: readonly number[] | null): Ring {
  const { seats, chosen, turnBefore, turnAfter, considered } = decision;
  const listed = new Set(seats.map(({ agentId }) => agentId));
  const known =
    members?.length === considered && seats.every(({ agentId }) => members.includes(agentId))
      ? members
      : null;
  const skipped = known && chosen !== null ? unlisted(known, turnBefore, chosen, listed) : [];
  const follows = known && chosen !== null ? after(known, turnAfter, seats) : null;
  const next = follows !== null && skipped.includes(follows) ? null : follows;
  const apart = (id: number) => ({ isLast: id === turnBefore, isNext: id === next });
  const outside = (id: number | null): id is number => id !== null && !listed.has(id);

  const passed = seats.filter(({ agentId }) => agentId !== chosen);
  const won = seats.filter(({ agentId }) => agentId === chosen);
  const others = Object.values(decision.others).reduce((sum, count) => sum + count, 0);
  const named = [turnBefore, next === turnBefore ? null : next].filter(outside);
  const unnamed = others - named.filter((id) => members?.includes(id) ?? true).length;
  const hidden = chosen === null ? unnamed : skipped.length;
  const unreached = unnamed - hidden;

  const asked = [...fold(passed, apart), ...rest(hidden, true), ...fold(won, apart)];
  const last = outside(turnBefore) ? [agentPlace(turnBefore, apart)] : [];
  const following = outside(next) && next !== turnBefore ? [agentPlace(next, apart)] : [];
  const places = fromLast([...last, ...asked, ...following, ...rest(unreached, false)]);
  return { places, sweep: sweepOf(places, chosen), next: nextOf(places, turnAfter) };
}

/** Joins runs of more than three alike; who is `apart` stays alone. */
export function fold(
  seats: readonly Seat[],
  apart: (id: number) => { isLast: boolean; isNext: boolean },
): Place[] {
  const runs: Seat[][] = [];
  for (const seat of seats) {
    const run = runs.at(-1);
    const before = run?.at(-1);
    const isApart = [seat, before].some((one) => one && Object.values(apart(one.agentId)).some(Boolean));
    if (run && !isApart && before?.reason === seat.reason) run.push(seat);
    else runs.push([seat]);
  }
  return runs.flatMap((run): Place[] =>
    run.length > APART
      ? [{ kind: 'run', reason: (run[0] as Seat).reason, seats: run, isLast: false, isNext: false }]
      : run.map((seat) => ({ kind: 'seat', seat, ...apart(seat.agentId) })),
  );
}

function agentPlace(agentId: number, apart: (id: number) => { isLast: boolean; isNext: boolean }): Place {
  return { kind: 'agent', agentId, ...apart(agentId) };
}

function rest(count: number, passed: boolean): Place[] {
  return count > 0 ? [{ kind: 'rest', count, passed, isLast: false, isNext: false }] : [];
}

/** Could take another ticket, as far as the receipt tells. */
const ABLE: ReadonlySet<Reason> = new Set([
  'chosen',
  'more_load',
  'passed_before',
  'not_their_turn',
  'behind_queue',
]);

/** Who comes after `last` in the ring and is not known to be unable; `null` where that is the last one again. */
function after(members: readonly number[], last: number | null, seats: readonly Seat[]): number | null {
  const unable = seats.filter(({ reason }) => !ABLE.has(reason)).map(({ agentId }) => agentId);
  const next = round(members, last).find((id) => !unable.includes(id)) ?? null;
  return next === last ? null : next;
}

/** The members from the one after `last` to `last`. */
function round(members: readonly number[], last: number | null): number[] {
  const begin = members.filter((id) => last !== null && id <= last).length;
  return [...members.slice(begin), ...members.slice(0, begin)];
}

/** Who was passed between the last one and the chosen one without being listed. */
function unlisted(
  members: readonly number[],
  last: number | null,
  chosen: number,
  listed: ReadonlySet<number>,
): number[] {
  const way = round(members, last);
  return way.slice(0, way.indexOf(chosen)).filter((id) => !listed.has(id));
}

/** The same ring, read from the last one on. */
function fromLast(places: Place[]): Place[] {
  const at = Math.max(
    0,
    places.findIndex(({ isLast }) => isLast),
  );
  return [...places.slice(at), ...places.slice(0, at)];
}

function sweepOf(places: readonly Place[], chosen: number | null): Ring['sweep'] {
  if (places.length < 2) return null;
  if (chosen === null) return { from: 0, to: 0 };
  const to = places.findIndex((place) => place.kind === 'seat' && place.seat.agentId === chosen);
  return to > 0 || places[0]?.isLast ? { from: 0, to } : null;
}

function nextOf(places: readonly Place[], turnAfter: number | null): Ring['next'] {
  const from = places.findIndex((place) => idOf(place) === turnAfter);
  const to = places.findIndex(({ isNext }) => isNext);
  return from >= 0 && to >= 0 ? { from, to } : null;
}

function idOf(place: Place): number | null {
  if (place.kind === 'seat') return place.seat.agentId;
  return place.kind === 'agent' ? place.agentId : null;
}

/** Names a place within its picture. */
export function keyOf(place: Place): string {
  if (place.kind === 'run') return `run ${place.seats[0]?.agentId}`;
  return place.kind === 'rest' ? `rest ${place.passed}` : `${idOf(place)}`;
}
