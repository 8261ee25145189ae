import type { QueryClient } from '@tanstack/react-query';
import { gone } from '../api/cache';
import { type Rows, rowsOf } from '../api/pages';
import { ticketsQuery } from '../api/queries';
import type { Ticket } from '../api/types';
import { place } from './place';

/** The tickets of the list that somebody came from, in its order. */
function currentList(client: QueryClient): Rows {
  return rowsOf(client.getQueryData(ticketsQuery(place.get().filter).queryKey));
}

/** The tickets before and after one in the list that somebody came from, but for those that have gone out of sight. */
export function neighbours(client: QueryClient, id: number): { previous?: Ticket; next?: Ticket } {
  const rows = currentList(client);
  const at = rows.indexOf(id);
  if (at < 0) return {};
  const [previous, next] = [seen(rows, at, -1), seen(rows, at, 1)];
  return { ...(previous && { previous }), ...(next && { next }) };
}

function seen(rows: Rows, from: number, step: 1 | -1): Ticket | undefined {
  let at = from + step;
  for (let next = rows.at(at); next; next = rows.at(at)) {
    if (!gone.get().has(next.id)) return next;
    at += step;
  }
  return undefined;
}
