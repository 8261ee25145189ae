import type { QueryClient } from '@tanstack/react-query';
import { gone, known } from '../api/cache';
import type { Ticket } from '../api/types';
import { place } from './place';
import { selection } from './selection';

/** The tickets of a list on which a command is done: those that are chosen, else the one that the keys are on. */
export function targets(client: QueryClient): Ticket[] {
  const { ids } = selection.get();
  const on = ids.size > 0 ? [...ids] : [place.get().ticketId];
  return on.flatMap((id) => {
    const ticket = id === null || gone.get().has(id) ? undefined : known(client, id);
    return ticket ? [ticket] : [];
  });
}
