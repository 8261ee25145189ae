import { useQuery } from '@tanstack/react-query';
import { memo, useRef } from 'react';
import { ticketName } from '../api/names';
import { isMissing } from '../api/problem';
import { ticketQuery, type WholeTicket } from '../api/queries';
import type { Ticket } from '../api/types';
import { useDirectory } from '../api/useDirectory';
import { HOME } from '../app/focus';
import { useTitle } from '../app/title';
import { Loading } from '../ui/State';
import { useIsShown, useWhileShown } from '../ui/shown';
import { WhyPanel } from '../why/WhyPanel';
import { Actions } from './Actions';
import { Composer } from './compose/Composer';
import { Context } from './context/Context';
import { CustomerCard } from './customer/CustomerCard';
import { Facts } from './Facts';
import { Others } from './presence/Others';
import { usePresence } from './presence/usePresence';
import { Rest } from './Rest';
import { standingOf } from './standing';
import { TicketError } from './TicketError';
import css from './ticket.module.css';
import { Timeline } from './timeline/Timeline';
import { useTicketCommand } from './useTicketCommand';
import { useMayHandle, useTicketCommands, useWays } from './useTicketCommands';

/** `/t/{id}`. */
export function TicketPage({ id }: { id: number }) {
  const isShown = useIsShown();
  const { data: whole, error } = useQuery({ ...ticketQuery(id), subscribed: isShown });
  if (error && (isMissing(error) || !whole)) return <TicketError {...{ id, error }} />;
  return whole ? <Opened whole={whole} error={error} /> : <Loading />;
}

/** The page of one ticket after the other: what they have alike stays, so that the next one is there at once. */
const Opened = memo(function Opened({ whole, error }: { whole: WholeTicket; error: Error | null }) {
  const { ticket, timeline, merged } = whole;
  const { id } = ticket;
  const name = ticketName(ticket);
  const page = useRef<HTMLElement>(null);
  const directory = useDirectory();
  const { title, detail } = standingOf(ticket, directory);
  const merge = useMerge(ticket);
  useTitle(`${name} #${id}`);
  useTicketCommands(ticket);
  usePresence(id);
  useWhileShown(() => {
    page.current?.focus({ preventScroll: true });
    page.current?.scrollTo(0, 0);
  }, [id]);

  return (
    <article ref={page} className={css.page} tabIndex={-1} aria-labelledby="ticket" {...{ [HOME]: '' }}>
      <Actions>
        <Others viewing={whole.viewing} />
      </Actions>
      <div className={css.columns}>
        <div className={css.body}>
          <header className={css.header}>
            <p className={css.number}>
              #{id} · <strong>{title}</strong> {detail}
            </p>
            <h1 id="ticket" className={css.title}>
              {name}
            </h1>
          </header>
          <CustomerCard whole={whole} onMerge={merge} />
          {ticket.context && <Context key={id} text={ticket.context} />}
          <Timeline {...{ ticket, timeline, merged }} />
          {whole.isPart && <Rest {...{ id, error }} />}
          <Composer whole={whole} />
        </div>
        <aside className={css.facts} aria-label="Facts">
          <Facts ticket={ticket} />
          <WhyPanel key={id} ticket={id} />
        </aside>
      </div>
    </article>
  );
});

/** Merging with another of the customer's tickets: one goes on where the other goes on. */
function useMerge(ticket: Ticket) {
  const run = useTicketCommand();
  const may = useMayHandle(ticket);
  const { open } = useWays(ticket.id);
  if (!may) return null;
  return (duplicate: Ticket, survivor: Ticket) =>
    void run(duplicate.id, 'merge', { into: survivor.id }).then(
      (done) => done && duplicate.id === ticket.id && open(survivor),
    );
}
