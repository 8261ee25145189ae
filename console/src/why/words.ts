import { actorName, agentName, CHANNELS, labelName } from '../api/names';
import type { Directory } from '../api/queries';
import type { Decision, Seat, Ticket, TimelineEntry, Why } from '../api/types';
import { moment } from '../ui/time';
import type { Place, Reason } from './ring';

/** Beside a seat, and after a count: `7 offline`. */
export const SHORT: Record<Reason, string> = {
  chosen: 'gets it',
  not_their_turn: 'not their turn',
  offline: 'offline',
  on_leave: 'on leave',
  holiday: 'on holiday',
  outside_hours: 'outside hours',
  at_limit: 'at the limit',
  ramp: 'held back',
  more_load: 'busier',
  passed_before: 'passed it on',
  inactive: 'archived',
  behind_queue: 'older ones first',
  unavailable: 'unavailable',
};

/** After a name. */
const LONG: Record<Reason, string> = {
  chosen: 'gets the ticket',
  not_their_turn: 'could take it, but it was not their turn',
  offline: 'is offline',
  on_leave: 'is on leave',
  holiday: 'has a holiday',
  outside_hours: 'is outside working hours',
  at_limit: 'has as many open tickets as the limit allows',
  ramp: 'has had a share of the queue and is held back for a moment',
  more_load: 'has more open tickets',
  passed_before: 'has passed this ticket on before',
  inactive: 'has been archived',
  behind_queue: 'is to be given older tickets first',
  unavailable: 'is unavailable',
};

/** What the words need besides the receipt. */
export interface Telling {
  directory: Directory;
  now: number;
}

/** In two or three words. */
export function short(seat: Seat): string {
  if (seat.reason === 'at_limit' && seat.limit !== null) return `${seat.open} of ${seat.limit}`;
  if (seat.reason === 'more_load' && seat.open !== null) return `${seat.open} open`;
  return SHORT[seat.reason];
}

/** Beside a place of the picture. */
export function shortOf(place: Place, directory: Directory): { name: string; word: string } {
  const turns = [place.isLast && 'the last one', place.isNext && 'next'].filter(Boolean).join(', ');
  switch (place.kind) {
    case 'seat':
      return { name: place.seat.name, word: turns ? `${short(place.seat)}, ${turns}` : short(place.seat) };
    case 'agent':
      return { name: agentName(directory, place.agentId), word: turns };
    case 'run':
      return { name: `${place.seats.length} agents`, word: SHORT[place.reason] };
    case 'rest':
      return { name: `${place.count} more`, word: place.passed ? 'passed over' : 'not reached' };
  }
}

export function counted(count: number, reason: Reason): string {
  return `${count} ${SHORT[reason]}`;
}

/** A whole sentence about one agent. */
export function long(seat: Seat, now: number): string {
  const until = seat.until === null ? '' : ` until ${moment(seat.until, now)}`;
  return `${seat.name} ${state(seat)}${until}.`;
}

function state({ reason, open, limit }: Seat): string {
  if (reason === 'at_limit' && limit !== null) return `has ${open} of ${limit} tickets open`;
  if (open === null || (reason !== 'more_load' && reason !== 'chosen')) return LONG[reason];
  const load = `${limit === null ? open : `${open} of ${limit}`} open`;
  return reason === 'chosen' ? `gets the ticket, with ${load} before it` : `has ${load}`;
}

/** What a place of the picture says in full. */
export function saidOf(place: Place, decision: Decision, { directory, now }: Telling): string {
  const turns = [place.isLast && 'had the last turn', place.isNext && 'is the next to be asked']
    .filter(Boolean)
    .join(' and ');
  switch (place.kind) {
    case 'seat':
      return long(place.seat, now) + (turns && ` ${place.seat.name} ${turns}.`);
    case 'agent':
      return `${agentName(directory, place.agentId)} ${turns}.`;
    case 'run':
      return `${counted(place.seats.length, place.reason)}: ${listed(place.seats.map(({ name }) => name))}.`;
    case 'rest':
      return restOf(place, decision);
  }
}

/** The receipt has reasons for all that it only counts, of whom the last one and the next may stand in places of their own. */
function restOf({ count, passed }: { count: number; passed: boolean }, { others }: Decision): string {
  const all = Object.values(others).reduce((sum, more) => sum + more, 0);
  const reasons = listed(Object.entries(others).map(([reason, more]) => counted(more, reason as Reason)));
  const more = `${count} more, ${passed ? 'passed over' : 'not reached'}`;
  return all === count ? `${more}: ${reasons}.` : `${more}. Of all ${all} who are only counted: ${reasons}.`;
}

/** Over the table: whom it has, and whose turn was the last and is the next. */
export function turns(decision: Decision, places: readonly Place[], directory: Directory): string {
  const order = decision.policy === 'balanced' ? 'by the fewest open tickets, then by turn' : 'by turn';
  const { turnBefore } = decision;
  const next = places.find(({ isNext }) => isNext);
  const said = [`Agents of ${poolName(decision)}, ${order}.`];
  if (turnBefore !== null) said.push(`${agentName(directory, turnBefore)} had the last turn.`);
  if (next) said.push(`${shortOf(next, directory).name} is the next to be asked.`);
  return said.join(' ');
}

/** The decision in a sentence or two. */
export function sentence(decision: Decision, telling: Telling): string {
  const { directory } = telling;
  const { rule, route, skipped, trigger, by } = decision;
  const said: string[] = [];
  if (trigger === 'passed') said.push(`${actorName(directory, by)} passed it on.`);
  if (rule) said.push(`The rule “${rule.name}” matched${onWhat(decision, directory)}.`);
  for (const { name, reason, ruleId } of skipped) {
    const led =
      ruleId === null ? `${name} had this customer’s last ticket, and` : `A rule leads to ${name}, who`;
    said.push(`${led} ${LONG[reason]}.`);
  }
  said.push(route === 'pool' ? fromPool(decision) : direct(decision, directory));
  return said.join(' ');
}

function direct({ route, seats, trigger, by }: Decision, directory: Directory): string {
  const name = seats[0]?.name ?? 'The agent';
  if (route === 'rule') return `It gives the ticket to ${name}.`;
  if (route === 'sticky') return `${name} had this customer’s last ticket, and could take this one.`;
  return trigger === 'assigned'
    ? `${actorName(directory, by)} assigned it to ${name}.`
    : `${name} was asked for by name.`;
}

function fromPool(decision: Decision): string {
  const { policy, outcome, seats, others, chosen, considered, trigger } = decision;
  const pool = poolName(decision);
  if (outcome === 'unclaimed') return `Nobody is given it: people claim the tickets of ${pool}.`;
  const winner = seats.find(({ agentId }) => agentId === chosen);
  if (!winner) {
    if (considered === 0) return `It had to wait: ${pool} has no agents.`;
    const isBehind = 'behind_queue' in others || seats.some(({ reason }) => reason === 'behind_queue');
    if (isBehind) return `It had to wait: older tickets of ${pool} go first.`;
    return `It had to wait: nobody in ${pool} could take it.${passedOver(decision, ' Passed over: ', '.')}`;
  }
  const waited = trigger === 'handed_out' ? 'After it had waited, ' : '';
  if (policy === 'balanced') {
    const alike = others.not_their_turn ?? 0;
    const tie = alike > 0 ? `; ${alike} more had as few, and the turn decided` : '';
    return `${waited}${winner.name} had the fewest open tickets in ${pool}, ${winner.open ?? 0}${tie}.`;
  }
  return `${waited}${winner.name} was next in ${pool}${passedOver(decision, ', after ', ' had been passed over')}.`;
}

/** Who was passed over, as few words as tell it: those alike are counted where they are more than three. */
function passedOver({ seats, others, chosen }: Decision, before: string, behind: string): string {
  const byReason = new Map<Reason, { seats: Seat[]; more: number }>();
  const of = (reason: Reason) => {
    const known = byReason.get(reason) ?? { seats: [], more: 0 };
    byReason.set(reason, known);
    return known;
  };
  for (const seat of seats) if (seat.agentId !== chosen) of(seat.reason).seats.push(seat);
  if (chosen === null)
    for (const [reason, count] of Object.entries(others)) of(reason as Reason).more += count;
  const parts = [...byReason].flatMap(([reason, { seats: alike, more }]) =>
    more > 0 || alike.length > 3
      ? [counted(alike.length + more, reason)]
      : alike.map((seat) => `${seat.name} (${short(seat)})`),
  );
  return parts.length === 0 ? '' : `${before}${listed(parts)}${behind}`;
}

/** What the rule's conditions found: ` on the word “refund”`. */
export function onWhat({ rule }: Decision, directory: Directory): string {
  const found = rule?.matched.map((condition) => foundBy(condition, directory)) ?? [];
  return found.length > 0 ? ` on ${listed(found)}` : '';
}

type Condition = NonNullable<Decision['rule']>['matched'][number];

function foundBy({ what, value }: Condition, directory: Directory): string {
  switch (what) {
    case 'word':
      return `the word “${value}”`;
    case 'label':
      return `the label ${labelName(directory, Number(value))}`;
    case 'channel':
      return `the channel ${CHANNELS[value as Ticket['channel']] ?? value}`;
    case 'customer_tag':
      return `the customer’s tag “${value}”`;
    case 'hours':
      return `the time, ${value}`;
    case 'brand_address':
      return `the address ${value}`;
  }
}

export function poolName({ pool }: Pick<Decision, 'pool'>): string {
  return pool?.kind === 'team' ? (pool.name ?? `team ${pool.id}`) : 'the store’s pool';
}

/** `A`, `A and B`, `A, B and C`. */
export function listed(parts: readonly string[]): string {
  if (parts.length < 2) return parts.join('');
  return `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

/** What would let somebody take a waiting ticket, the nearest first. */
export function waysOut(waitsFor: NonNullable<Why['waitsFor']>, now: number): string[] {
  const { byClock, afterOneClosing, offline, passedBefore, couldNow } = waitsFor;
  const several = (count: number, one: string, many: string) =>
    count === 0 ? [] : [count === 1 ? `1 agent ${one}` : `${count} agents ${many}`];
  const ways = [
    ...several(couldNow, 'can take it now', 'can take it now'),
    ...byClock.map(
      ({ name, at, reason }) => `${name} can take it at ${moment(at, now)}: ${SHORT[reason]} until then`,
    ),
    ...several(
      afterOneClosing,
      'can take it after closing a ticket',
      'can take it after closing a ticket each',
    ),
    ...several(offline, 'is offline and could come online', 'are offline and could come online'),
    ...several(passedBefore, 'has passed it on', 'have passed it on'),
  ];
  return ways.length > 0 ? ways : ['Its pool has no agents'];
}

/** What has happened to whose it is since the newest decision, which needed no decision of Rota's. */
export function since(
  entries: readonly TimelineEntry[],
  decidedAt: string,
  directory: Directory,
): string | null {
  const moved = entries.findLast(({ kind, at }) => kind in MOVED && Date.parse(at) > Date.parse(decidedAt));
  return moved ? (MOVED[moved.kind]?.(actorName(directory, moved.by)) ?? null) : null;
}

const MOVED: Record<string, (by: string) => string> = {
  claimed: (by) => `${by} has claimed it since.`,
  assigned: (by) => `${by} has put it into a pool since.`,
  given_on: () => 'It has been given back to its pool since, as its agent was away.',
};
