import { Outlet, useMatch } from '@tanstack/react-router';
import { type ReactNode, useLayoutEffect, useState } from 'react';
import { Inbox } from '../inbox/Inbox';
import { TicketPage } from '../ticket/TicketPage';
import { Shown } from '../ui/shown';
import { createStore } from '../ui/store';
import css from './shell.module.css';

/**
 * The inbox, and the ticket that was opened last. Both stay as they were when they are not shown, so that opening a ticket and
 * going back change no more of the page than what differs.
 */
export default function Layers() {
  const inbox = useMatch({
    from: '/desk/layers/inbox/$view',
    shouldThrow: false,
    structuralSharing: true,
    select: ({ status, loaderData, search }) =>
      status === 'success' && loaderData ? { view: loaderData, given: search } : undefined,
  });
  const ticketId = useMatch({
    from: '/desk/layers/t/$id',
    shouldThrow: false,
    select: ({ status, params }) => (status === 'success' ? params.id : undefined),
  });
  const lastInbox = useLast(inbox);
  const lastTicketId = useLast(ticketId);
  return (
    <>
      {lastInbox && (
        <Layer isShown={Boolean(inbox)}>
          <Inbox {...lastInbox} />
        </Layer>
      )}
      {lastTicketId && (
        <Layer isShown={Boolean(ticketId)}>
          <TicketPage id={lastTicketId} />
        </Layer>
      )}
      <Outlet />
    </>
  );
}

/** What was there last. */
function useLast<T>(now: T | undefined): T | undefined {
  const [last, setLast] = useState(now);
  if (now !== undefined && now !== last) setLast(now);
  return now ?? last;
}

/** A page that may lie below: laid out, but not painted, with nothing of it to be heard or focused. */
function Layer({ isShown, children }: { isShown: boolean; children: ReactNode }) {
  const [shown] = useState(() => createStore(isShown));
  useLayoutEffect(() => shown.set(isShown), [shown, isShown]);
  return (
    <div className={css.layer} data-below={!isShown || undefined}>
      <Shown value={shown}>{children}</Shown>
    </div>
  );
}
