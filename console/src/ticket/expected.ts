import type { CommandBody, CommandName, Ticket } from '../api/types';

/** A command on a ticket. */
export type Order = { [C in CommandName]: { command: C; body: CommandBody<C> } }[CommandName];

/** Who orders it, and when. */
export interface By {
  agentId: number;
  now: string;
}

/** How a ticket will most likely stand after a command; the same ticket where only the server knows. */
export function expected(ticket: Ticket, order: Order, { agentId, now }: By): Ticket {
  const changed = { ...ticket, changedAt: now };
  switch (order.command) {
    case 'claim':
      return { ...changed, state: 'owned', agentId, waitingIn: null };
    case 'assign':
      return typeof order.body.agentId === 'number'
        ? { ...changed, state: 'owned', agentId: order.body.agentId, waitingIn: null }
        : ticket;
    case 'close':
      return {
        ...changed,
        state: 'closed',
        stageId: null,
        closedAt: now,
        closedBy: 'agent',
        snoozedUntil: null,
      };
    case 'merge':
      return {
        ...changed,
        state: 'closed',
        stageId: null,
        closedAt: now,
        closedBy: 'merge',
        snoozedUntil: null,
        mergedInto: order.body.into,
      };
    case 'snooze':
      return { ...changed, state: 'snoozed', snoozedUntil: order.body.until };
    case 'priority':
      return { ...changed, priority: order.body.priority };
    case 'stage':
      return { ...changed, stageId: order.body.stageId };
    case 'labels':
      return { ...changed, labelIds: labelled(ticket.labelIds, order.body) };
    default:
      return ticket;
  }
}

function labelled(had: number[], { add = [], remove = [] }: CommandBody<'labels'>): number[] {
  return [...new Set([...had, ...add])].filter((id) => !remove.includes(id)).sort((a, b) => a - b);
}
