import { daysAfter } from '../ui/time';

const MINUTE = 60_000;

/** When somebody who goes away is back. */
export type End = 'open' | '15m' | '30m' | '1h' | 'tomorrow' | 'time';

export const ENDS: readonly { end: End; title: string }[] = [
  { end: 'open', title: 'When I say so' },
  { end: '15m', title: 'In 15 minutes' },
  { end: '30m', title: 'In 30 minutes' },
  { end: '1h', title: 'In an hour' },
  { end: 'tomorrow', title: 'Tomorrow at 9' },
  { end: 'time', title: 'At a time' },
];

const SPANS: Partial<Record<End, number>> = { '15m': 15 * MINUTE, '30m': 30 * MINUTE, '1h': 60 * MINUTE };

/** The moment of an end chosen at `now`; `time` is `HH:MM` of the next time that it is so late. `null`: no end. */
export function momentOf(end: End, now: Date, time = ''): Date | null {
  if (end === 'open') return null;
  if (end === 'tomorrow') return at(daysAfter(now, 1), 9, 0);
  if (end !== 'time') return new Date(now.getTime() + (SPANS[end] ?? 0));
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  const today = at(now, hours, minutes);
  return today > now ? today : at(daysAfter(now, 1), hours, minutes);
}

function at(day: Date, hours: number, minutes: number): Date {
  const then = new Date(day);
  then.setHours(hours, minutes, 0, 0);
  return then;
}
