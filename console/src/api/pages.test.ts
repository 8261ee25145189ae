import { expect, it } from 'vitest';
import { firstPage, type Pages, pageOf, Rows, rowsOf, withPage } from './pages';
import { ticket } from './ticket.fixture';
import type { Ticket, TicketPage } from './types';

const page = (...ids: number[]) => ({ items: ids.map((id) => ticket({ id })), next: null, upToDate: true });
const listOf = (first: TicketPage, ...others: TicketPage[]): Pages =>
  others.reduce(withPage, firstPage(first));
const list = listOf(page(9, 8, 7), page(), page(5), page(3, 2));

it('reads pages as one row, also over an empty one', () => {
  const rows = new Rows(list);
  expect(rows.length).toBe(6);
  expect([0, 1, 2, 3, 4, 5].map((index) => rows.at(index)?.id)).toEqual([9, 8, 7, 5, 3, 2]);
  expect([rows.at(-1), rows.at(6)]).toEqual([undefined, undefined]);
});

it('finds a ticket and what lies between two', () => {
  const rows = new Rows(list);
  expect([9, 5, 2].map((id) => rows.indexOf(id))).toEqual([0, 3, 5]);
  expect([rows.indexOf(4), rows.indexOf(null), pageOf(list, 4)]).toEqual([-1, -1, -1]);
  expect(rows.between(4, 2)).toEqual([7, 5, 3]);
});

it('makes one row of the same pages', () => {
  expect(rowsOf(list)).toBe(rowsOf(list));
  expect(rowsOf(undefined).length).toBe(0);
});

it('adds of a page what is not in the list yet', () => {
  const longer = withPage(list, page(8, 4, 1));
  expect(longer.pages.at(-1)?.items.map(({ id }) => id)).toEqual([4, 1]);
  expect([8, 4, 1].map((id) => pageOf(longer, id))).toEqual([0, 4, 4]);
  expect(pageOf(list, 4)).toBe(-1);
});

it('adds a page to 100,000 tickets without going over them', () => {
  let read = 0;
  const counted = (first: number): TicketPage => {
    const items = Array.from({ length: 100 }, (_, at) => ticket({ id: first + at }));
    const watch: ProxyHandler<Ticket[]> = { get: (of, name) => count(Reflect.get(of, name), name) };
    return { items: new Proxy(items, watch), next: null, upToDate: true };
  };
  const count = <V>(value: V, name: string | symbol) => {
    if (typeof name === 'string' && /^\d+$/.test(name)) read += 1;
    return value;
  };
  const others = Array.from({ length: 999 }, (_, at) => counted(at * 100 + 101));
  const pages = listOf(counted(1), ...others);
  const before = new Rows(pages);
  expect(before.indexOf(100_000)).toBe(99_999);
  read = 0;
  const after = new Rows(withPage(pages, counted(100_001)));
  expect(after.indexOf(100_100)).toBe(100_099);
  expect(after.at(50_000)?.id).toBe(50_001);
  expect(read).toBeLessThan(250);
});
