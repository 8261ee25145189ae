import type { TicketFilter } from '../api/types';
import { createStore, useStore } from '../ui/store';

/** Where somebody is in a list; it stays while they read a ticket, so that they come back to it. */
export interface Place {
  /** The list. */
  filter: TicketFilter;
  /** Its address. */
  href: string;
  /** The row that has the keys. */
  ticketId: number | null;
  offset: number;
}

export const place = createStore<Place>({ filter: {}, href: '/inbox', ticketId: null, offset: 0 });

export function isSameList(one: TicketFilter, other: TicketFilter): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

export function moveTo(ticketId: number | null) {
  place.set({ ...place.get(), ticketId });
}

/** Whether the keys are on this row: moving renders two rows and nothing else. */
export function useIsCurrent(ticketId: number): boolean {
  return useStore(place, (now) => now.ticketId === ticketId);
}
