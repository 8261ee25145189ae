import type { Ticket } from '../api/types';
import type { Command } from '../commands/registry';

/** What can be done with tickets, called alike and under the same keys in lists and on a ticket's page. */
const CATALOGUE = {
  close: { title: 'Close', shortcut: { code: 'KeyE' }, keywords: 'done archive' },
  claim: { title: 'Claim', shortcut: { code: 'KeyC' }, keywords: 'take mine' },
  reopen: { title: 'Open again', keywords: 'reopen' },
  wake: { title: 'Wake now', keywords: 'unsnooze open' },
  unmerge: { title: 'Take the merge apart', keywords: 'unmerge split' },
  assign: { title: 'Assign', shortcut: { code: 'KeyA' }, keywords: 'give agent team' },
  labels: { title: 'Labels', shortcut: { code: 'KeyL' }, keywords: 'tag' },
  snooze: { title: 'Snooze', shortcut: { code: 'KeyS' }, keywords: 'later remind' },
  priority: { title: 'Priority', shortcut: { code: 'KeyP' }, keywords: 'urgent high low' },
  stage: { title: 'Stage', shortcut: { code: 'KeyG' }, keywords: 'progress' },
  pass: { title: 'Pass on', shortcut: { code: 'KeyP', shift: true }, keywords: 'next' },
  merge: { title: 'Merge', shortcut: { code: 'KeyM' }, keywords: 'duplicate' },
} satisfies Record<string, Omit<Command, 'id' | 'group' | 'when' | 'run'>>;

/** A command of the catalogue, with when and how it is done here. */
export function ticketCommand(
  name: keyof typeof CATALOGUE,
  does: Pick<Command, 'run'> & Partial<Pick<Command, 'when' | 'title'>>,
): Command {
  return { id: `ticket.${name}`, group: 'Ticket', ...CATALOGUE[name], ...does };
}

export const isOpen = ({ state }: Ticket) => state !== 'closed';
export const isAwake = ({ state }: Ticket) => state !== 'closed' && state !== 'snoozed';
export const isOwned = ({ state }: Ticket) => state === 'owned';
export const isSnoozed = ({ state }: Ticket) => state === 'snoozed';
export const isFree = ({ state }: Ticket) => state === 'waiting' || state === 'unclaimed';
export const isMerged = ({ mergedInto }: Ticket) => mergedInto !== null;
/** Closed, and not as the duplicate of another. */
export const isDone = (ticket: Ticket) => ticket.state === 'closed' && !isMerged(ticket);

/** What one ticket's change is guarded by; many have owners of their own. */
export function guardOf(tickets: readonly Ticket[]): { expectedAgentId?: number | null } {
  const [ticket] = tickets;
  return ticket && tickets.length === 1 ? { expectedAgentId: ticket.agentId } : {};
}
