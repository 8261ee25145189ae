import type { Directory } from '../api/queries';
import type { Ticket, TicketFilter } from '../api/types';

/** Who looks, for `agent=me` and `team=mine`. */
export interface Looker {
  agentId: number;
  teamIds: ReadonlySet<number>;
}

export function lookerIn(directory: Pick<Directory, 'teams'> | undefined, agentId: number): Looker {
  const own = [...(directory?.teams.values() ?? [])].filter(({ members }) => members.includes(agentId));
  return { agentId, teamIds: new Set(own.map(({ id }) => id)) };
}

/** What is in a list's address on top of its view; `any` lifts a condition that the view has. */
export type Given = { [C in keyof TicketFilter]?: TicketFilter[C] | 'any' };

/** A view as far as its list goes. */
export interface Base {
  filter: string;
  sort: string;
  standard: boolean;
}

const CONDITIONS = [
  'q',
  'sort',
  'state',
  'stage',
  'channel',
  'agent',
  'team',
  'label',
  'priority',
  'customer',
  'mentioned',
  'olderThan',
  'youngerThan',
] as const satisfies readonly (keyof TicketFilter)[];

/** The conditions in an address's search, whose values the router reads as JSON where it can. */
export function givenOf(search: Record<string, unknown>): Given {
  const given = CONDITIONS.filter((name) => search[name] !== undefined && search[name] !== '');
  return Object.fromEntries(given.map((name) => [name, readValue(name, search[name])]));
}

function readValue(name: (typeof CONDITIONS)[number], value: unknown): unknown {
  if (value === 'any') return value;
  if (name === 'stage') return Number(value);
  return name === 'label' ? [value].flat().map(Number) : String(value);
}

/** The conditions and the order of a view, from how they stand in the address of a list. */
export function filterOf(view: Pick<Base, 'filter' | 'sort'>): TicketFilter {
  const of = new URLSearchParams(view.filter);
  const filter: Record<string, unknown> = { sort: view.sort };
  for (const [name, value] of of) {
    if (name !== 'label') filter[name] = name === 'stage' ? Number(value) : value;
  }
  const labels = of.getAll('label').map(Number);
  return { ...filter, ...(labels.length > 0 && { label: labels }) };
}

/** What a list is asked for: a view with what is given on top of it. A search looks through all tickets, whatever the view. */
export function filterIn(view: Base, given: Given): TicketFilter {
  const base: Given = given.q ? { sort: 'match' } : filterOf(view);
  const all = Object.entries({ ...base, ...given });
  return Object.fromEntries(all.filter(([, value]) => value !== 'any'));
}

/** The conditions as they stand in the address of a list, for a view to keep. */
export function addressOf(filter: TicketFilter): string {
  const address = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) {
    if (name !== 'sort') for (const one of [value].flat()) address.append(name, String(one));
  }
  return address.toString();
}

/** A condition that stands as a chip over its list and can be taken off it; of labels each is one. */
export type Condition = {
  [C in Exclude<keyof TicketFilter, 'q' | 'sort'>]-?: {
    name: C;
    value: C extends 'label' ? number : NonNullable<TicketFilter[C]>;
  };
}[Exclude<keyof TicketFilter, 'q' | 'sort'>];

/** The conditions of a list that are chips: a standard view's own are in its name, all others are shown. */
export function conditionsIn(view: Base, given: Given): Condition[] {
  const shown = view.standard || given.q ? given : filterIn(view, given);
  return Object.entries(shown).flatMap(([name, value]) => {
    if (name === 'q' || name === 'sort' || value === 'any') return [];
    return [value].flat().map((one) => ({ name, value: one }) as Condition);
  });
}

/** What is given when a condition comes to a list; one of the same name goes, but for labels, which all hold. */
export function withCondition(view: Base, given: Given, { name, value }: Condition): Given {
  if (name !== 'label') return { ...given, [name]: value };
  const had = filterIn(view, given).label ?? [];
  return { ...given, label: [...had.filter((id) => id !== value), value] };
}

/** What is given when a condition goes from a list. */
export function withoutCondition(view: Base, given: Given, { name, value }: Condition): Given {
  const left = name === 'label' ? (filterIn(view, given).label ?? []).filter((id) => id !== value) : [];
  if (left.length > 0) return { ...given, label: left };
  const { [name]: _, ...others } = given;
  const isOfView = !view.standard && !given.q && filterOf(view)[name] !== undefined;
  return isOfView ? { ...others, [name]: 'any' } : others;
}

/** Whether all of a list's conditions can be seen from a ticket and what is heard of it; of others the server is asked again. */
export function isSeenHere({ q, olderThan, youngerThan }: TicketFilter): boolean {
  return !q && !olderThan && !youngerThan;
}

/**
 * Whether a ticket meets a list's conditions as far as they can be seen from it: a search, mentions and ages are the
 * server's to judge, and `null` says so. A mention that was heard of just now is seen.
 */
export function meets(
  filter: TicketFilter,
  ticket: Ticket,
  looker: Looker,
  mentions: readonly number[] = [],
): boolean | null {
  const { state, stage, channel, agent, team, label, priority, customer } = filter;
  const holds =
    (!state || isIn(state, ticket)) &&
    (stage === undefined || ticket.stageId === stage) &&
    (!channel || ticket.channel === channel) &&
    (!agent || ticket.agentId === ownerOf(agent, looker)) &&
    (!team || isOfTeam(team, ticket, looker)) &&
    (label ?? []).every((id) => ticket.labelIds.includes(id)) &&
    (!priority || ticket.priority === priority) &&
    (!customer || ticket.customerId === customer);
  if (!holds) return false;
  const isMentioned = !filter.mentioned || mentions.includes(looker.agentId);
  return isMentioned && isSeenHere(filter) ? true : null;
}

function isIn(state: NonNullable<TicketFilter['state']>, { state: is }: Ticket): boolean {
  return state === 'open' ? is !== 'snoozed' && is !== 'closed' : is === state;
}

function ownerOf(agent: string, { agentId }: Looker): number | null {
  if (agent === 'me') return agentId;
  return agent === 'none' ? null : Number(agent);
}

function isOfTeam(team: string, { teamId }: Ticket, { teamIds }: Looker): boolean {
  if (team === 'none') return teamId === null;
  return teamId !== null && (team === 'mine' ? teamIds.has(teamId) : teamId === Number(team));
}

const URGENCY = { urgent: 0, high: 1, normal: 2, low: 3 };

/** Whether one ticket stands before another in a list of this order; the ids decide between those made at once. */
export function before(sort: TicketFilter['sort']): (one: Ticket, other: Ticket) => boolean {
  const older = (one: Ticket, other: Ticket) => one.id < other.id;
  switch (sort) {
    case 'oldest':
      return older;
    case 'priority':
      return (one, other) => {
        const by = URGENCY[one.priority] - URGENCY[other.priority];
        return by === 0 ? older(one, other) : by < 0;
      };
    case 'changed':
      return (one, other) => Date.parse(one.changedAt) > Date.parse(other.changedAt);
    default:
      return (one, other) => one.id > other.id;
  }
}
