const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const weekday = new Intl.DateTimeFormat(undefined, {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
});
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** How long ago, in as few characters as a list has room for: `now`, `5m`, `3h`, `2d`, then the day. */
export function age(at: string, now: number): string {
  const passed = now - Date.parse(at);
  if (passed < MINUTE) return 'now';
  if (passed < HOUR) return `${Math.floor(passed / MINUTE)}m`;
  if (passed < DAY) return `${Math.floor(passed / HOUR)}h`;
  if (passed < 7 * DAY) return `${Math.floor(passed / DAY)}d`;
  return day.format(Date.parse(at));
}

/** The time of day; on other days with the day. */
export function moment(at: string, now: number): string {
  const then = Date.parse(at);
  const sameDay = new Date(then).toDateString() === new Date(now).toDateString();
  return sameDay ? clock.format(then) : `${day.format(then)}, ${clock.format(then)}`;
}

export function inFull(at: string): string {
  return whole.format(Date.parse(at));
}

/** A time that is to come, with its day of the week. */
export function onDay(at: Date): string {
  return weekday.format(at);
}

/** So many days of the calendar later at the same time of day: not every day has 24 hours. */
export function daysAfter(at: Date, days: number): Date {
  const then = new Date(at);
  then.setDate(at.getDate() + days);
  return then;
}
