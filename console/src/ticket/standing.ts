import { STATES, stageName, teamName } from '../api/names';
import type { Directory } from '../api/queries';
import type { Ticket } from '../api/types';
import { inFull } from '../ui/time';

/** How a ticket stands: a word or two, and what there is to say about it. */
export interface Standing {
  title: string;
  detail: string | null;
}

const CLOSERS = { agent: null, key: 'by the API', auto: 'after a quiet time', merge: null };

export function standingOf(ticket: Ticket, directory: Pick<Directory, 'stages' | 'teams'>): Standing {
  const team = ticket.teamId === null ? null : teamName(directory, ticket.teamId);
  switch (ticket.state) {
    case 'owned':
      return {
        title: ticket.stageId === null ? STATES.open : stageName(directory, ticket.stageId),
        detail: null,
      };
    case 'waiting':
      return {
        title: STATES.waiting,
        detail: team ? `for somebody in ${team}` : 'for whoever can take it first',
      };
    case 'unclaimed':
      return { title: STATES.unclaimed, detail: team ? `for anybody in ${team}` : 'for anybody to take' };
    case 'snoozed':
      return { title: STATES.snoozed, detail: ticket.snoozedUntil && `until ${inFull(ticket.snoozedUntil)}` };
    default:
      if (ticket.mergedInto !== null) return { title: 'Merged', detail: `into #${ticket.mergedInto}` };
      return { title: STATES.closed, detail: ticket.closedBy && CLOSERS[ticket.closedBy] };
  }
}
