import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useRouter } from '@tanstack/react-router';
import {
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  type Ref,
  useEffect,
  useImperativeHandle,
  useMemo,
  useRef,
  useState,
} from 'react';
import { gone, sweep } from '../api/cache';
import { type Pages, rowsOf } from '../api/pages';
import { reasonOf } from '../api/problem';
import { ticketsQuery } from '../api/queries';
import type { Ticket, TicketFilter } from '../api/types';
import { useDirectory } from '../api/useDirectory';
import { HOME } from '../app/focus';
import { useSession } from '../session/session';
import { useWhileShown } from '../ui/shown';
import { useStore } from '../ui/store';
import { useNow } from '../ui/useNow';
import { BulkBar } from './BulkBar';
import { lookerIn, meets } from './filter';
import css from './inbox.module.css';
import { isSameList, moveTo, place } from './place';
import { Row } from './Row';
import { isSelected, select, toggle } from './selection';
import { extendTo, useListCommands, type Walk } from './useListCommands';
import { useRows } from './useRows';

interface Props {
  ref: Ref<HTMLElement>;
  filter: TicketFilter;
  name: string;
  list: Pages;
  /** What stands in a list in which nothing is. */
  empty: ReactNode;
}

export function TicketList({ ref, filter, name, list, empty }: Props) {
  const directory = useDirectory();
  const me = useSession().agent.id;
  const now = useNow();
  const scroller = useRef<HTMLDivElement>(null);
  useImperativeHandle(ref, () => scroller.current as HTMLElement);

  const tickets = rowsOf(list);
  const hasMore = list.pages.at(-1)?.next !== null;
  const isEmpty = tickets.length === 0 && !hasMore;
  const isOver = useIsOver(filter, me);
  const { rows, total, end, rowHeight, reveal, above, toTop, more } = useRows({
    tickets,
    filter,
    hasMore,
    scroller,
  });
  const walk = useWalk({ list, filter, reveal, isOver });
  usePlace(list, filter, scroller);
  useNewest(list, filter);

  return (
    <div className={css.frame}>
      {above > 0 && (
        <button type="button" className={css.above} onClick={toTop}>
          <span aria-hidden="true">↑ </span>
          {`${above} new`}
        </button>
      )}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the keys go to the rows in it */}
      <div
        ref={scroller}
        className={css.scroller}
        tabIndex={-1}
        onKeyDown={(event) => press(event, walk)}
        onClick={(event) => click(event, walk)}
        {...{ [HOME]: '' }}
      >
        {isEmpty ? (
          empty
        ) : (
          // biome-ignore lint/a11y/useSemanticElements: a grid whose rows are placed one by one
          <div
            role="grid"
            aria-label={name}
            aria-multiselectable
            aria-rowcount={hasMore ? -1 : tickets.length}
            className={css.rows}
            data-rows
            style={{ height: total }}
          >
            {rows.map(({ index, start }) => {
              const ticket = tickets.at(index);
              if (!ticket) return null;
              return (
                <Row
                  key={ticket.id}
                  isOver={isOver(ticket)}
                  {...{ ticket, index, start, directory, me, now, rowHeight }}
                />
              );
            })}
          </div>
        )}
        {hasMore && (
          <div className={css.more} role="status" style={{ height: rowHeight, top: end }}>
            {more.failed ? (
              <>
                {reasonOf(more.failed)}
                <Button size="compact-sm" variant="default" onClick={more.load}>
                  Try again
                </Button>
              </>
            ) : (
              'Loading more'
            )}
          </div>
        )}
      </div>
      <BulkBar />
    </div>
  );
}

/** Whether a ticket no longer belongs to the list, as far as that can be seen. */
function useIsOver(filter: TicketFilter, me: number): (ticket: Ticket) => boolean {
  const directory = useDirectory();
  const out = useStore(gone, (ids) => ids);
  return useMemo(() => {
    const looker = lookerIn(directory, me);
    return (ticket) => out.has(ticket.id) || meets(filter, ticket, looker) === false;
  }, [directory, me, filter, out]);
}

interface Walking {
  list: Pages;
  filter: TicketFilter;
  reveal: (index: number) => void;
  isOver: (ticket: Ticket) => boolean;
}

/** Moving in the list. What no longer belongs to it goes as one moves on, but for what is chosen. */
function useWalk({ list, filter, reveal, isOver }: Walking): Walk {
  const client = useQueryClient();
  const navigate = useNavigate();
  const tickets = rowsOf(list);
  const go = (index: number) => {
    const at = Math.max(0, Math.min(index, tickets.length - 1));
    const ticket = tickets.at(at);
    if (!ticket) return;
    moveTo(ticket.id);
    reveal(at);
    sweep(client, filter, isOver, ({ id }) => id === ticket.id || isSelected(id));
  };
  const open = (id: number) => {
    moveTo(id);
    void navigate({ to: '/t/$id', params: { id } });
  };
  const walk = { tickets, go, open, current: () => tickets.indexOf(place.get().ticketId) };
  useListCommands(walk);
  return walk;
}

/** Where one is when the list comes up: where one was in it, else at its top. */
function usePlace(list: Pages, filter: TicketFilter, scroller: { current: HTMLElement | null }) {
  const router = useRouter();
  const tickets = rowsOf(list);
  useWhileShown(() => {
    const { activeElement } = document;
    const isTyping = activeElement instanceof HTMLInputElement && !activeElement.closest('[data-below]');
    const isBusy = isTyping || scroller.current?.contains(activeElement);
    const row = scroller.current?.querySelector<HTMLElement>('[data-current]');
    if (!isBusy) (row ?? scroller.current)?.focus({ preventScroll: true });
    const here = place.get();
    const isSame = isSameList(here.filter, filter);
    const comesBack = isSame && tickets.indexOf(here.ticketId) >= 0;
    if (!isSame) select([]);
    const { ticketId, offset } = comesBack ? here : { ticketId: tickets.at(0)?.id ?? null, offset: 0 };
    place.set({ filter, href: router.state.location.href, ticketId, offset });
  }, []);
  useWhileShown(() => {
    const top = tickets.at(0);
    if (top && tickets.indexOf(place.get().ticketId) < 0) moveTo(top.id);
  }, [tickets]);
}

/** How soon a search is made again that did not know what is newest, in milliseconds; each time as long again, at most so often. */
const AGAIN = 250;
const TIMES = 6;

/** Makes a search again until it knows what had been written when it was made, if nobody has gone on to further pages. */
function useNewest({ pages }: Pages, filter: TicketFilter) {
  const client = useQueryClient();
  const [times, setTimes] = useState(0);
  const lacks = pages.length === 1 && pages[0]?.upToDate === false && times < TIMES;
  useEffect(() => {
    if (!lacks) return undefined;
    const timer = setTimeout(
      async () => {
        await client.refetchQueries({ queryKey: ticketsQuery(filter).queryKey, exact: true });
        setTimes(times + 1);
      },
      AGAIN * 2 ** times,
    );
    return () => clearTimeout(timer);
  }, [client, filter, lacks, times]);
}

const STEPS: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 12, PageUp: -12 };

function press(event: KeyboardEvent, walk: Walk) {
  const step = STEPS[event.key];
  const last = walk.tickets.length - 1;
  const to =
    event.key === 'Home' ? 0 : event.key === 'End' ? last : step === undefined ? null : walk.current() + step;
  if (to === null || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  if (event.shiftKey) extendTo(walk, to);
  else walk.go(to);
}

function click(event: MouseEvent, walk: Walk) {
  const id = idAt(event);
  const isBox = (event.target as Element).closest('[role="gridcell"]')?.querySelector('input') != null;
  if (id === null || event.metaKey || event.ctrlKey) return;
  if (!isBox || event.shiftKey) event.preventDefault();
  if (event.shiftKey) return extendTo(walk, walk.tickets.indexOf(id));
  if (!isBox) return walk.open(id);
  toggle(id);
  moveTo(id);
}

function idAt(event: MouseEvent): number | null {
  return Number((event.target as Element).closest('[data-id]')?.getAttribute('data-id')) || null;
}
