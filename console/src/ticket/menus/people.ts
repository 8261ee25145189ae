import type { Agent, Team } from '../../api/types';

type Loaded = Pick<Agent, 'id' | 'name' | 'active' | 'availability' | 'open' | 'maxOpen'>;

/** Those to whom a ticket can go: oneself first, then who is there, the least loaded first. */
export function inOrder<A extends Loaded>(agents: Iterable<A>, me: number): A[] {
  const rank = (agent: A) => (agent.id === me ? 0 : isThere(agent) ? 1 : 2);
  const active = [...agents].filter((agent) => agent.active);
  return active.sort(
    (one, other) =>
      rank(one) - rank(other) || (one.open ?? 0) - (other.open ?? 0) || one.name.localeCompare(other.name),
  );
}

export function isThere({ availability }: Pick<Agent, 'availability'>): boolean {
  return availability.status === 'online';
}

/** How loaded somebody is: `4 open`, or `4 of 20` where there is a limit that one may see. */
export function loadOf({ open = 0, maxOpen }: Pick<Agent, 'open' | 'maxOpen'>): string {
  return typeof maxOpen === 'number' ? `${open} of ${maxOpen}` : `${open} open`;
}

/** How many of a team are there. */
export function presenceOf({ members }: Pick<Team, 'members'>, agents: ReadonlyMap<number, Agent>): string {
  const there = members.filter((id) => {
    const agent = agents.get(id);
    return agent && isThere(agent);
  });
  return `${there.length} of ${members.length} online`;
}
