import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, told } from '../api/client';
import type { Why } from '../api/types';

/** Every decision about a ticket, and what it waits for; anew with each change of the ticket, the old one shown meanwhile. */
export function whyQuery(id: number, sequence: number) {
  return queryOptions({
    queryKey: ['why', id, sequence],
    queryFn: async ({ signal }) =>
      (await told(api.GET('/v1/tickets/{id}/why', { params: { path: { id } }, signal }))) as Why,
    placeholderData: keepPreviousData,
  });
}
