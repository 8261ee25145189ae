import { beforeEach, expect, it } from 'vitest';
import type { Notice } from './notice';
import { forgetNotices, noticesOf } from './notices';

const NOW = Date.parse('2026-11-30T09:00:00Z');
const notice = (number: number, rest: Partial<Notice> = {}): Notice => ({
  id: `evt_${number}_0`,
  kind: 'assigned',
  ticketId: number,
  title: 'Call back',
  at: '2026-11-30T08:00:00Z',
  isRead: false,
  ...rest,
});
const open = () => noticesOf('shop:1', () => NOW);
const ids = (of: ReturnType<typeof open>) => of.get().map(({ ticketId }) => ticketId);

beforeEach(() => localStorage.clear());

it('has the last 50, the newest first, each once', () => {
  const notices = open();
  for (let number = 0; number <= 60; number += 1) expect(notices.add(notice(number))).toBe(true);
  expect(notices.add(notice(60))).toBe(false);
  expect(ids(notices)).toHaveLength(50);
  expect(ids(notices).slice(0, 2)).toEqual([60, 59]);
});

it('are there again in the next tab, but for those of more than a week ago', () => {
  open().add(notice(1, { at: '2026-11-23T08:59:59Z' }));
  open().add(notice(2));
  expect(ids(open())).toEqual([2]);
});

it('are read by ticket, or all', () => {
  const notices = open();
  notices.add(notice(1));
  notices.add(notice(2));
  notices.add(notice(3, { ticketId: 1 }));
  notices.read(1);
  expect(notices.get().map(({ isRead }) => isRead)).toEqual([true, false, true]);
  notices.read();
  expect(notices.get().every(({ isRead }) => isRead)).toBe(true);
});

it('go with a ticket that is gone, and all of them with signing out', () => {
  const notices = open();
  notices.add(notice(1));
  notices.add(notice(2));
  notices.forget(1);
  expect(ids(notices)).toEqual([2]);
  forgetNotices();
  expect(ids(open())).toEqual([]);
});

it('follows what another tab writes', () => {
  const [one, other] = [open(), open()];
  const leave = one.follow();
  other.add(notice(1));
  window.dispatchEvent(new StorageEvent('storage', { key: 'rota-notices:shop:1' }));
  expect(ids(one)).toEqual([1]);
  leave();
});
