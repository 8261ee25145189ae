import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  lazyRouteComponent,
  notFound,
  redirect,
} from '@tanstack/react-router';
import { loadTicket } from '../api/cache';
import { Problem } from '../api/problem';
import { directoryQuery, sessionQuery, ticketsQuery, viewsQuery } from '../api/queries';
import type { TicketFilter } from '../api/types';
import { filterIn, givenOf, isSeenHere } from '../inbox/filter';
import { lastStore } from '../session/session';
import { DeskError, NoPage } from './PageState';

const root = createRootRouteWithContext<{ client: QueryClient }>()({ notFoundComponent: NoPage });

const index = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    const storeId = lastStore();
    if (storeId) throw redirect({ to: '/inbox' });
  },
  component: lazyRouteComponent(() => import('../session/NoStore')),
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/s/$storeId',
  validateSearch: ({ to }: Record<string, unknown>): { to?: string } =>
    typeof to === 'string' && /^\/(?!\/)/.test(to) ? { to } : {},
  component: lazyRouteComponent(() => import('../session/SignIn')),
});

const invitation = createRoute({
  getParentRoute: () => root,
  path: '/s/$storeId/invitation',
  component: lazyRouteComponent(() => import('../session/Invitation')),
});

/** Everything that needs somebody signed in. */
const desk = createRoute({
  getParentRoute: () => root,
  id: 'desk',
  beforeLoad: async ({ context: { client }, location }) => {
    try {
      await client.ensureQueryData(sessionQuery);
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 401) throw error;
      const storeId = lastStore();
      if (!storeId) throw redirect({ to: '/' });
      throw redirect({ to: '/s/$storeId', params: { storeId }, search: { to: location.href } });
    }
  },
  loader: ({ context: { client } }) => {
    void client.prefetchQuery(directoryQuery);
    void client.prefetchQuery(viewsQuery);
  },
  component: lazyRouteComponent(() => import('./Shell')),
  errorComponent: DeskError,
});

const layers = createRoute({
  getParentRoute: () => desk,
  id: 'layers',
  component: lazyRouteComponent(() => import('./Layers')),
});

const inbox = createRoute({
  getParentRoute: () => layers,
  path: '/inbox',
  beforeLoad: () => {
    throw redirect({ to: '/inbox/$view', params: { view: 'mine' } });
  },
});

/** How long a list stays as it is whose changes only the server sees, in milliseconds. */
const STALE = 10_000;

/**
 * A list as it is loaded when it is gone to. What events do not keep true is asked for again, unless one has scrolled through
 * pages of it, which would be gone.
 */
function listQuery(client: QueryClient, filter: TicketFilter) {
  const query = ticketsQuery(filter);
  const isShort = (client.getQueryData(query.queryKey)?.pages.length ?? 0) <= 1;
  return isSeenHere(filter) || !isShort ? query : { ...query, staleTime: STALE };
}

/** The layers show it, as they do a ticket. */
const view = createRoute({
  getParentRoute: () => layers,
  path: '/inbox/$view',
  validateSearch: givenOf,
  loaderDeps: ({ search }) => search,
  loader: async ({ context: { client }, params, deps }) => {
    const views = await client.ensureQueryData(viewsQuery);
    const found = views.find(({ id }) => id === params.view);
    if (!found) throw notFound();
    void client.prefetchQuery(listQuery(client, filterIn(found, deps)));
    return found;
  },
  component: () => null,
});

const ticket = createRoute({
  getParentRoute: () => layers,
  path: '/t/$id',
  params: {
    parse: ({ id }) => ({ id: Number(id) }),
    stringify: ({ id }) => ({ id: String(id) }),
  },
  loader: ({ context: { client }, params: { id } }) => {
    if (!Number.isSafeInteger(id) || id < 1) throw notFound();
    return loadTicket(client, id);
  },
  component: () => null,
});

export const routes = root.addChildren([
  index,
  signIn,
  invitation,
  desk.addChildren([layers.addChildren([inbox, view, ticket])]),
]);
