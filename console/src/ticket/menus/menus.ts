import type { CommandBody, CommandName, Ticket } from '../../api/types';
import { createStore } from '../../ui/store';

export type MenuName = 'assign' | 'labels' | 'snooze' | 'priority' | 'stage' | 'merge' | 'pass';

/** Has what was chosen done with the tickets that a menu is open for. Whoever opens it decides where one goes on. */
export type Give = <C extends CommandName>(command: C, body: CommandBody<C>) => void;

export interface OpenMenu {
  name: MenuName;
  /** As they were when it was opened; at least one. */
  tickets: readonly Ticket[];
  give: Give;
}

export const menu = createStore<OpenMenu | null>(null);

let before: Element | null = null;

/** Opens one of the menus for these tickets. */
export function openMenu(name: MenuName, tickets: readonly Ticket[], give: Give) {
  if (tickets.length === 0) return;
  before = document.activeElement;
  menu.set({ name, tickets, give });
}

/** Closes it; the focus goes back to where it was, if that is still there. */
export function closeMenu() {
  menu.set(null);
  requestAnimationFrame(() => {
    // The next one may have been opened meanwhile.
    if (menu.get()) return;
    if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    before = null;
  });
}

/** The tickets as the title of a menu has them. */
export function titleOf(tickets: readonly Ticket[]): string {
  return tickets.length === 1 ? `#${tickets[0]?.id}` : `${tickets.length} tickets`;
}
