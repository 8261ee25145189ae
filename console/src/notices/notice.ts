import { ticketName } from '../api/names';
import type { DeskEvent } from '../api/types';
import { isOfTicket, type TicketEvent } from '../live/apply';

export type NoticeKind = 'assigned' | 'mentioned' | 'woken';

/** That something of one's own concern happened. */
export interface Notice {
  /** The event's. */
  id: string;
  kind: NoticeKind;
  ticketId: number;
  title: string;
  /** When, RFC 3339. */
  at: string;
  isRead: boolean;
}

/** What an event is to an agent: nothing, where it is not about a ticket of theirs or they did it themselves. */
export function noticeOf(event: DeskEvent, agentId: number): Notice | null {
  if (!isOfTicket(event)) return null;
  const kind = kindOf(event, agentId);
  if (!kind) return null;
  const { id, ticket } = event.data;
  return { id, kind, ticketId: ticket.id, title: ticketName(ticket), at: event.timestamp, isRead: false };
}

function kindOf(event: TicketEvent, agentId: number): NoticeKind | null {
  const { ticket } = event.data;
  const change = 'change' in event.data ? event.data.change : null;
  const by = 'by' in event.data ? event.data.by : null;
  // Coming online or closing a ticket has the next one handed out under one's own name; that is none of one's doing.
  const isOwnDoing = by?.kind === 'agent' && Number(by.id) === agentId && change !== 'handed_out';
  if (isOwnDoing) return null;
  if (event.type === 'ticket.note_added') {
    return event.data.details.mentions.includes(agentId) ? 'mentioned' : null;
  }
  if (ticket.agentId !== agentId) return null;
  if (event.type === 'ticket.assigned') return 'assigned';
  return event.type === 'ticket.reopened' || change === 'woken' ? 'woken' : null;
}
