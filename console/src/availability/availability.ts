import { type QueryClient, queryOptions, useQuery } from '@tanstack/react-query';
import { api, told, toldWithTag } from '../api/client';
import { Problem } from '../api/problem';
import { directoryQuery } from '../api/queries';
import type { Availability } from '../api/types';
import { useSession } from '../session/session';

/** What becomes of a wish: it holds, or somebody else has set something meanwhile, which holds instead. */
export type Outcome = { kind: 'set' } | { kind: 'changed'; is: Availability };

/** Whether somebody takes tickets, as the page shows it. */
export function shown(client: QueryClient, agentId: number): Availability | undefined {
  return client.getQueryData(directoryQuery.queryKey)?.agents.get(agentId)?.availability;
}

export function show(client: QueryClient, agentId: number, availability: Availability) {
  client.setQueryData(directoryQuery.queryKey, (directory) => {
    const agent = directory?.agents.get(agentId);
    if (!directory || !agent) return directory;
    return { ...directory, agents: new Map(directory.agents).set(agentId, { ...agent, availability }) };
  });
}

/** One's own; `undefined` until it is loaded. */
export function useAvailability(): Availability | undefined {
  const { agent } = useSession();
  return useQuery({ ...directoryQuery, select: ({ agents }) => agents.get(agent.id)?.availability }).data;
}

/**
 * Sets whether an agent takes tickets; it shows at once. It is set only over what the page has shown until then: what somebody
 * else has set meanwhile stays, and is shown. Throws, and shows what it was before, where it could not be set.
 */
export async function set(
  client: QueryClient,
  agentId: number,
  wanted: Availability,
  giveOn = false,
): Promise<Outcome> {
  const seen = shown(client, agentId);
  show(client, agentId, wanted);
  try {
    const { data: is, etag } = await current(agentId);
    if (seen && !isSame(seen, is) && !isSame(wanted, is)) return changed(client, agentId, is);
    const body = { ...wanted, ...(wanted.status === 'away' && { giveOn }) };
    const header = { 'If-Match': etag ?? '' };
    const params = { path: { id: agentId }, header };
    show(client, agentId, await told(api.PUT('/v1/agents/{id}/availability', { params, body })));
    return { kind: 'set' };
  } catch (error) {
    if (error instanceof Problem && error.status === 412) {
      return changed(client, agentId, (await current(agentId)).data);
    }
    if (seen) show(client, agentId, seen);
    throw error;
  }
}

function current(id: number) {
  return toldWithTag(api.GET('/v1/agents/{id}/availability', { params: { path: { id } } }));
}

function changed(client: QueryClient, agentId: number, is: Availability): Outcome {
  show(client, agentId, is);
  return { kind: 'changed', is };
}

export function isSame(one: Availability, other: Availability): boolean {
  return one.status === other.status && one.reason === other.reason && one.until === other.until;
}

/** How many tickets one could give on untouched; a list too long to be counted says so by `more`. */
export const untouchedQuery = queryOptions({
  queryKey: ['untouched'],
  queryFn: async ({ signal }): Promise<{ count: number; more: boolean }> => {
    const query = { agent: 'me', state: 'owned', limit: 100 } as const;
    const { items, next } = await told(api.GET('/v1/tickets', { params: { query }, signal }));
    return { count: items.filter(({ touched }) => !touched).length, more: next !== null };
  },
  staleTime: 0,
  gcTime: 0,
});
