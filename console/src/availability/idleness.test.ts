import { expect, it } from 'vitest';
import { type Idleness, NOTHING_KNOWN, stepAt } from './idleness';

const MINUTE = 60_000;
/** Ten minutes are let; the server was told at 0, when somebody did something last. */
const idle = (rest: Partial<Idleness> = {}): Idleness => ({
  after: 10 * MINUTE,
  deadline: 10 * MINUTE,
  notedAt: 0,
  activeAt: 0,
  confirmed: 0,
  ...rest,
});

it('rests where the store does not ask for it', () => {
  expect(stepAt(20 * MINUTE, { ...NOTHING_KNOWN, activeAt: 1 })).toEqual({ is: 'rest', at: null });
});

it('reports at most every quarter of the time, once something is done', () => {
  const busy = idle({ activeAt: 1 });
  expect(stepAt(2 * MINUTE, busy)).toEqual({ is: 'rest', at: 2.5 * MINUTE });
  expect(stepAt(2.5 * MINUTE, busy)).toEqual({ is: 'report' });
});

it('asks in the last minute, after the server has confirmed when it is over', () => {
  expect(stepAt(8 * MINUTE, idle())).toEqual({ is: 'rest', at: 9 * MINUTE });
  expect(stepAt(9 * MINUTE, idle())).toEqual({ is: 'confirm' });
  expect(stepAt(9 * MINUTE, idle({ confirmed: 10 * MINUTE }))).toEqual({ is: 'ask', at: 10 * MINUTE });
  expect(stepAt(10 * MINUTE, idle({ confirmed: 10 * MINUTE }))).toEqual({ is: 'over' });
});

it('asks for half of a short time', () => {
  const short = idle({ after: MINUTE, deadline: MINUTE, confirmed: MINUTE });
  expect(stepAt(29_999, short)).toEqual({ is: 'rest', at: 30_000 });
  expect(stepAt(30_000, short)).toEqual({ is: 'ask', at: MINUTE });
});

it('takes what is done while it asks for an answer', () => {
  expect(stepAt(9.5 * MINUTE, idle({ confirmed: 10 * MINUTE, activeAt: 9.4 * MINUTE }))).toEqual({
    is: 'report',
  });
});
