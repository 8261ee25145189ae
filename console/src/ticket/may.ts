import type { SignedIn, Team, Ticket } from '../api/types';

/** Who looks at a ticket. */
export interface Person {
  agentId: number;
  role: SignedIn['agent']['role'];
  teams: ReadonlyMap<number, Pick<Team, 'members'>>;
}

/**
 * Whether somebody who sees a ticket may do with it what moves it; notes, messages and labels are for everybody who sees it.
 * The server judges; this only spares people the refusal. Rule: an agent handles what is theirs, or nobody's and of one of
 * their teams or of none; a team manager also a member's; an admin everything.
 */
export function mayHandle(ticket: Pick<Ticket, 'agentId' | 'teamId'>, person: Person): boolean {
  const { agentId: me, role, teams } = person;
  const { agentId: owner, teamId } = ticket;
  if (role === 'admin' || owner === me) return true;
  const isOwnTeam = teamId !== null && isIn(teams.get(teamId), me);
  if (owner === null) return teamId === null || isOwnTeam;
  if (role === 'agent') return false;
  return isOwnTeam || [...teams.values()].some((team) => isIn(team, me) && isIn(team, owner));
}

function isIn(team: Pick<Team, 'members'> | undefined, agent: number): boolean {
  return team?.members.includes(agent) ?? false;
}
