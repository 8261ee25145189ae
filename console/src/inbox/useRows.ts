import { useMediaQuery } from '@mantine/hooks';
import { useQueryClient } from '@tanstack/react-query';
import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { loadMore } from '../api/cache';
import type { Rows } from '../api/pages';
import type { TicketFilter } from '../api/types';
import { isSameList, place } from './place';

interface Options {
  tickets: Rows;
  filter: TicketFilter;
  /** Whether the list goes on after what is loaded. */
  hasMore: boolean;
  scroller: RefObject<HTMLDivElement | null>;
}

/** How many rows before the end the next page is asked for. */
const AHEAD = 60;
/** For how many rows places are made at a time: all places are made anew when their number changes. */
const STEP = 4_096;

/** Which rows are in sight, loading forward as one scrolls; what comes above them does not move them. */
export function useRows({ tickets, filter, hasMore, scroller }: Options) {
  const isNarrow = useMediaQuery('(max-width: 720px)', undefined, { getInitialValueInEffect: false });
  const rowHeight = isNarrow ? 62 : 38;
  const [initialOffset] = useState(() => (isSameList(place.get().filter, filter) ? place.get().offset : 0));

  const rows = useVirtualizer({
    count: Math.ceil(tickets.length / STEP) * STEP,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    initialOffset,
    overscan: 4,
    // The row that has the keys stays, so that scrolling does not take the focus away.
    rangeExtractor: (range) => {
      const current = tickets.indexOf(place.get().ticketId);
      const seen = defaultRangeExtractor(range);
      return current < 0 || seen.includes(current) ? seen : [...seen, current].sort((a, b) => a - b);
    },
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: heights are read anew when they change
  useEffect(() => rows.measure(), [rowHeight]);

  const offset = rows.scrollOffset ?? 0;
  // As it was observed: to ask for it here would have all rows laid out first.
  const height = rows.scrollRect?.height ?? 0;
  const first = Math.floor(offset / rowHeight);
  const reading = useReading({ tickets, first, rowHeight, scroller });
  useEffect(() => {
    if (isSameList(place.get().filter, filter)) place.set({ ...place.get(), offset });
  }, [offset, filter]);

  const more = useMore(filter);
  const isNearEnd = hasMore && first + Math.ceil(height / rowHeight) + AHEAD >= tickets.length;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a page may be empty, so that another is asked for after each
  useEffect(() => {
    if (isNearEnd && !more.failed) more.load();
  }, [isNearEnd, tickets, more.failed]);

  const end = tickets.length * rowHeight;
  // What has just come above is scrolled past before that is observed.
  const top = Math.max(offset, (reading.above + 1) * rowHeight);
  return {
    rows: rows.getVirtualItems().filter(({ index }) => index < tickets.length),
    end,
    // So long that any row can stand at the top, so that a short list does not move either.
    total: Math.max(end + (hasMore ? rowHeight : 0), reading.above > 0 ? top + height : 0),
    rowHeight,
    more,
    above: reading.above,
    reveal: (index: number) => {
      reading.begin();
      const isInSight = index * rowHeight >= offset && (index + 1) * rowHeight <= offset + height;
      if (!isInSight) rows.scrollToIndex(index, { align: 'auto' });
    },
    toTop: () => {
      reading.end();
      rows.scrollToOffset(0);
    },
  };
}

/** Loading forward, and whether it failed: then it goes on when somebody says so. */
function useMore(filter: TicketFilter) {
  const client = useQueryClient();
  const [failed, setFailed] = useState<unknown>(null);
  const load = () => {
    setFailed(null);
    loadMore(client, filter).catch(setFailed);
  };
  return { failed, load };
}

interface Reading {
  tickets: Rows;
  /** The index of the row at the top. */
  first: number;
  rowHeight: number;
  scroller: RefObject<HTMLDivElement | null>;
}

/**
 * Holds the rows where they are while somebody reads them, and counts what has come above. At the top, with neither the
 * keys nor the pointer in the list, nobody is moved, and what is new is shown.
 */
function useReading({ tickets, first, rowHeight, scroller }: Reading) {
  const [above, setAbove] = useState(0);
  const hasBegun = useRef(false);
  const anchor = useRef<{ id: number; index: number } | null>(null);
  useLayoutEffect(() => {
    const was = anchor.current;
    const element = scroller.current;
    const at = was ? tickets.indexOf(was.id) : -1;
    if (!was || !element || at < 0 || at === was.index) return;
    const isReading = element.scrollTop > 0 || hasBegun.current || element.matches(':hover');
    if (!isReading) return;
    const to = element.scrollTop + (at - was.index) * rowHeight;
    // A list that is shorter than the page does not scroll until it is as long as `total` will have it.
    const list = element.querySelector<HTMLElement>('[data-rows]');
    if (list) list.style.height = `${Math.max(list.offsetHeight, to + element.clientHeight)}px`;
    element.scrollTop = to;
    setAbove((count) => Math.max(0, count + at - was.index));
  }, [tickets, rowHeight, scroller]);
  useLayoutEffect(() => {
    const ticket = tickets.at(first);
    anchor.current = ticket ? { id: ticket.id, index: first } : null;
  }, [tickets, first]);
  useEffect(() => setAbove((count) => Math.min(count, first)), [first]);
  return {
    above,
    begin: () => {
      hasBegun.current = true;
    },
    end: () => {
      hasBegun.current = false;
      setAbove(0);
    },
  };
}
