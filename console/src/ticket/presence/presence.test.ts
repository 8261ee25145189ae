import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { attend, type Presence } from './presence';
import { typed } from './typing';

let told: Presence[];
let leave: () => void;
const tell = (presence: Presence) => told.push(presence);

beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  leave = attend(7, tell);
});
afterEach(() => {
  leave();
  vi.runOnlyPendingTimers();
  vi.useRealTimers();
});

it('tells who stays, every five seconds', () => {
  vi.advanceTimersByTime(999);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(10_001);
  expect(told).toEqual(Array(3).fill({ ticketId: 7, activity: 'viewing' }));
});

it('tells at once that somebody writes, and when they no longer do', () => {
  typed(7);
  typed(7);
  expect(told).toEqual([{ ticketId: 7, activity: 'writing' }]);
  vi.advanceTimersByTime(12_000);
  expect(told.at(-1)).toEqual({ ticketId: 7, activity: 'viewing' });
});

it('tells that one has left, unless one goes on to another ticket', () => {
  vi.advanceTimersByTime(1_000);
  leave();
  leave = attend(8, tell);
  vi.advanceTimersByTime(1_000);
  expect(told.at(-1)).toEqual({ ticketId: 8, activity: 'viewing' });
  leave();
  leave = () => {};
  vi.advanceTimersByTime(1_000);
  expect(told.at(-1)).toEqual({});
  expect(told).toHaveLength(3);
});
