import { createStore } from '../../ui/store';
import { type Mode, setDraft } from './drafts';

/** Where somebody wants to write, until the page is there to take the focus. */
export const wanted = createStore<number | null>(null);

/** Has the ticket's page, once it is shown, ready to write this. */
export function write(agentId: number, ticketId: number, mode: Mode) {
  setDraft(agentId, ticketId, { mode });
  wanted.set(ticketId);
}
