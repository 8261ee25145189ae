const FIRST = 500;
const MOST = 20_000;

/**
 * Milliseconds to wait before the `failures`th next try: twice as long each time, up to 20 s, of which a random half is left
 * out, so that the browsers of a restarted server do not all come at once.
 */
export function backoff(failures: number, random: () => number): number {
  const whole = Math.min(FIRST * 2 ** failures, MOST);
  return whole / 2 + (whole / 2) * random();
}
