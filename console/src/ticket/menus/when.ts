import { daysAfter } from '../../ui/time';

/** A time at which a snoozed ticket may wake. */
export interface Choice {
  name: string;
  at: Date;
}

/** When a working day begins, and the other times of day that have names; hours in the reader's own time zone. */
const MORNING = 9;
const TIMES: Record<string, number> = { morning: MORNING, noon: 12, afternoon: 14, evening: 18, tonight: 20 };
const HALF_AN_HOUR = 1_800_000;
const UNITS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const NUMBERS: Record<string, number> = { a: 1, an: 1, one: 1, two: 2, three: 3, four: 4, five: 5, six: 6 };

/** What is offered before anything is typed; nothing twice, and nothing that is over. */
export function choices(now: Date): Choice[] {
  const later = new Date(Math.ceil(now.getTime() / HALF_AN_HOUR + 6) * HALF_AN_HOUR);
  const offered: Choice[] = [
    { name: 'Tomorrow morning', at: on(now, 1, MORNING) },
    { name: 'Next Monday', at: on(now, until(now, 1), MORNING) },
    { name: 'In a week', at: on(now, 7, MORNING) },
  ];
  if (later.getDate() === now.getDate()) offered.unshift({ name: 'Later today', at: later });
  return offered.filter(({ at }, index) => offered.findIndex((other) => +other.at === +at) === index);
}

/** The time that a text means: `in 3 hours`, `2d`, `fri 9am`, `tomorrow 14:30`, `25 dec`, `2026-12-25 10:00`; else `null`. */
export function timeOf(text: string, now: Date): Date | null {
  const words = text
    .toLowerCase()
    .replace(/,/g, ' ')
    .split(/\s+/)
    .filter((word) => word && !['at', 'on', 'the'].includes(word));
  if (words.length === 0) return null;
  const found = spanOf(words, now) ?? momentOf(words, now);
  return found && found > now ? found : null;
}

function spanOf(words: string[], now: Date): Date | null {
  const [, amount = '', unit = ''] =
    /^(?:in )?(\d{1,4}(?:\.\d)?|[a-z]+) ?(m|min|mins|minutes?|h|hrs?|hours?|d|days?|w|weeks?)$/.exec(
      words.join(' '),
    ) ?? [];
  const number = NUMBERS[amount] ?? Number(amount || Number.NaN);
  const size = UNITS[unit.charAt(0)];
  const days = { d: 1, w: 7 }[unit.charAt(0)];
  if (days && Number.isInteger(number)) return daysAfter(now, number * days);
  return Number.isNaN(number) || !size ? null : new Date(now.getTime() + number * size);
}

function momentOf(words: string[], now: Date): Date | null {
  let day: Date | null = null;
  let time: [number, number] | null = null;
  const rest = [...words];
  while (rest.length > 0) {
    const taken = dayOf(rest, now);
    const clock = taken ? null : clockOf(rest);
    if (taken && !day) day = taken.day;
    else if (clock && !time) time = clock.time;
    else return null;
    rest.splice(0, taken?.words ?? clock?.words ?? 1);
  }
  const [hour, minute] = time ?? [MORNING, 0];
  const at = new Date(day ?? now);
  at.setHours(hour, minute, 0, 0);
  if (!day && at <= now) at.setDate(at.getDate() + 1);
  return at;
}

function dayOf(
  [first = '', second = '', third = '']: string[],
  now: Date,
): { day: Date; words: number } | null {
  if (first === 'today') return { day: now, words: 1 };
  if (/^tom(orrow)?$/.test(first)) return { day: on(now, 1, 0), words: 1 };
  if (first === 'next' && second === 'week') return { day: on(now, until(now, 1), 0), words: 2 };
  const isNext = first === 'next';
  const weekday = isWord(isNext ? second : first, DAYS);
  if (weekday >= 0) return { day: on(now, until(now, weekday), 0), words: isNext ? 2 : 1 };
  const [, year, month, date] = /^(\d{4})-(\d\d?)-(\d\d?)$/.exec(first) ?? [];
  if (year) return valid(Number(year), Number(month) - 1, Number(date), 1);
  const [number, named] = isWord(first, MONTHS) >= 0 ? [second, first] : [first, second];
  const at = isWord(named, MONTHS);
  const [, on_] = /^(\d\d?)(?:st|nd|rd|th)?$/.exec(number) ?? [];
  if (at < 0 || !on_) return null;
  const hasYear = /^20\d\d$/.test(third);
  const given = hasYear ? Number(third) : now.getFullYear();
  const found = valid(given, at, Number(on_), hasYear ? 3 : 2);
  const isOver = found && !hasYear && found.day < on(now, 0, 0);
  return isOver ? valid(given + 1, at, Number(on_), 2) : found;
}

function valid(year: number, month: number, date: number, words: number) {
  const day = new Date(year, month, date);
  return day.getMonth() === month && day.getDate() === date ? { day, words } : null;
}

function clockOf([first = '', second = '']: string[]): { time: [number, number]; words: number } | null {
  const named = TIMES[first];
  if (named !== undefined) return { time: [named, 0], words: 1 };
  const apart = /^[ap]m$/.test(second);
  const [, hours, minutes = '0', half] =
    /^(\d\d?)(?:[:.](\d\d))?([ap]m)?$/.exec(apart ? first + second : first) ?? [];
  if (!hours || (!half && !/[:.]/.test(first))) return null;
  const hour = half ? (Number(hours) % 12) + (half === 'pm' ? 12 : 0) : Number(hours);
  if (hour > 23 || Number(minutes) > 59 || (half && (Number(hours) < 1 || Number(hours) > 12))) return null;
  return { time: [hour, Number(minutes)], words: apart ? 2 : 1 };
}

/** Which of the names a word is, or shortens to at least three letters; -1 where none. */
function isWord(word: string, names: string[]): number {
  return /^[a-z]{3,}$/.test(word) ? names.findIndex((name) => word.startsWith(name)) : -1;
}

/** How many days it is to the next such weekday; never today. */
function until(now: Date, weekday: number): number {
  return ((weekday - now.getDay() + 6) % 7) + 1;
}

function on(now: Date, days: number, hour: number): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour);
}
