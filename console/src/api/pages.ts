import type { Ticket, TicketPage } from './types';

/** What is loaded of a list, page after page. */
export interface Pages {
  pages: readonly TicketPage[];
  /** The page into which each ticket came. All states of a list share it: tickets come and go, but change pages never. */
  pageById: Map<number, number>;
}

/** A list of which only its first page is loaded. */
export function firstPage(page: TicketPage): Pages {
  return withPage({ pages: [], pageById: new Map() }, page);
}

/** The list with a further page, without what came into it before: a ticket that was changed may have moved. */
export function withPage(list: Pages, page: TicketPage): Pages {
  const items = page.items.filter(({ id }) => pageOf(list, id) < 0);
  for (const { id } of items) list.pageById.set(id, list.pages.length);
  return { ...list, pages: [...list.pages, items.length === page.items.length ? page : { ...page, items }] };
}

/** A page is indexed once; a change makes another page of it, and leaves the others' indexes as they are. */
const indexes = new WeakMap<readonly Ticket[], ReadonlyMap<number, number>>();

/** Where a ticket stands in a page; -1 where it does not. */
export function indexIn(items: readonly Ticket[], id: number): number {
  let index = indexes.get(items);
  if (!index) {
    index = new Map(items.map((ticket, at) => [ticket.id, at]));
    indexes.set(items, index);
  }
  return index.get(id) ?? -1;
}

/** The page that has a ticket; -1 where none has. */
export function pageOf({ pages, pageById }: Pages, id: number): number {
  const page = pageById.get(id) ?? -1;
  const items = pages[page]?.items;
  return items && indexIn(items, id) >= 0 ? page : -1;
}

/** The tickets of a list in one row. It reads the pages where they are: no step goes over all tickets. */
export class Rows {
  readonly length: number;
  /** The index of each page's first ticket. */
  private readonly starts: number[] = [];

  constructor(private readonly list: Pages) {
    let length = 0;
    for (const { items } of list.pages) {
      this.starts.push(length);
      length += items.length;
    }
    this.length = length;
  }

  at(index: number): Ticket | undefined {
    if (index < 0 || index >= this.length) return undefined;
    const page = this.pageAt(index);
    return this.list.pages[page]?.items[index - (this.starts[page] ?? 0)];
  }

  /** -1 where it is not in the list. */
  indexOf(id: number | null): number {
    const page = id === null ? -1 : pageOf(this.list, id);
    const items = this.list.pages[page]?.items;
    return items && id !== null ? (this.starts[page] ?? 0) + indexIn(items, id) : -1;
  }

  /** The ids between two indexes, both included, in either order. */
  between(one: number, other: number): number[] {
    const ids: number[] = [];
    for (let index = Math.min(one, other); index <= Math.max(one, other); index += 1) {
      const ticket = this.at(index);
      if (ticket) ids.push(ticket.id);
    }
    return ids;
  }

  /** The last page that begins at or before an index. */
  private pageAt(index: number): number {
    let [low, high] = [0, this.starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.starts[middle] ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

const EMPTY = new Rows({ pages: [], pageById: new Map() });
const rows = new WeakMap<Pages, Rows>();

/** The same object for the same pages. */
export function rowsOf(list: Pages | undefined): Rows {
  if (!list) return EMPTY;
  const made = rows.get(list) ?? new Rows(list);
  rows.set(list, made);
  return made;
}
