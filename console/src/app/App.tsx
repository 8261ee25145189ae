import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createRouter, RouterProvider } from '@tanstack/react-router';
import { isPassing } from '../api/problem';
import { followOtherTabs, keepDialogsWhileEnded } from '../session/session';
import { Toasts } from '../ui/toasts';
import { PageError, PageMissing, PagePending } from './PageState';
import { routes } from './routes';
import { schemeManager, theme } from './theme';

// Live events keep what is loaded true, so that nothing is loaded again by its age or by looking at the page.
const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: 10 * 60_000,
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      networkMode: 'always',
      retry: (failures, error) => failures < 3 && isPassing(error),
    },
  },
});

followOtherTabs(client);
keepDialogsWhileEnded();

const router = createRouter({
  routeTree: routes,
  context: { client },
  defaultPendingComponent: PagePending,
  defaultErrorComponent: PageError,
  defaultNotFoundComponent: PageMissing,
  defaultPendingMs: 150,
  scrollRestoration: false,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

const manager = schemeManager();
// The server writes a fresh nonce into each page it serves; the policy lets no other style in.
const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';

export function App() {
  return (
    <MantineProvider
      theme={theme}
      colorSchemeManager={manager}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce}
    >
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
        <Toasts />
      </QueryClientProvider>
    </MantineProvider>
  );
}
